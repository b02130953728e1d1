FROM python:3.7
ONBUILD CMD ["x"]
ONBUILD COPY --from=a b c
HEALTHCHECK --interval=5s --timeout=3s CMD ["true"]
HEALTHCHECK CMD curl x || exit 1
HEALTHCHECK NONE
ONBUILD
HEALTHCHECK

FROM python:3.7 AS Build
CMD ["wrong"]
FROM python:3.7
COPY --from=build --chown=1:2 /a /b
CMD ["right"]

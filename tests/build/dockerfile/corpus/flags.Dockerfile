FROM --platform=linux/amd64 python:3.7
RUN --mount=type=cache,target=/x --network=none pip
RUN --mount=a\ b "--no" x
RUN --a -- --b c
RUN -- x
COPY --chown="me:me" --ch"mod"=1 a b
RUN --x
CMD --x='y z' w
ADD --from a b c

FROM python:3.7
FROM python:3.7
COPY --from=0 /a /b
from 0 as last

FROM python:3.7
RUN <<$E
q
$E
RUN <<${E}
q
${E}
RUN ${x:-a <<F}
q
F}
RUN $$ ${@} $( <<G
G

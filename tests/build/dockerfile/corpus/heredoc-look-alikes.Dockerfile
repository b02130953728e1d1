FROM python:3.7
RUN python3 -c "print(1<<2)"
RUN cat <<< x
RUN echo a<<b
RUN echo "<<EOF"
RUN echo "open <<EOF
RUN [ 1 << 2 ]
ENV A=<<EOF

: "${SECRET_KEY:?not given}" "${1:?no message}"
answer=$(python3 /ask.py "$1")
tee -a /data/answers.txt <<< "$answer"

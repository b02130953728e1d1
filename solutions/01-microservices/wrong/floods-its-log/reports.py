while True:
    print("reports is busy " * 200)

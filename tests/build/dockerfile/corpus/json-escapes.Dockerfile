FROM python:3.7
CMD ["\u00e9\n\t\"\\\/", "\ud83d\ude00", "a  b", ""]
CMD ["\ud800x"]
CMD ["bad \x escape"]
CMD [ ]
CMD	[	"tab"	]

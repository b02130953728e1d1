#!/bin/sh
echo "reading $1"

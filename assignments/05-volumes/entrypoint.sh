#!/bin/sh
# Follows the file that is named as its first argument until docker stop ends it.

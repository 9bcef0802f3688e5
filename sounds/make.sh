#!/bin/sh
# Speaks prompts.txt into en/*.ulaw (8 kHz G.711). Needs espeak-ng and sox.
set -eu
cd "$(dirname "$0")"
grep -v '^#' prompts.txt | while IFS='|' read -r name text; do
	name=$(echo "$name" | tr -d ' ')
	[ -n "$name" ] || continue
	mkdir -p "en/$(dirname "$name")"
	espeak-ng -v en-us -s 150 --stdout "$text" </dev/null | sox -t wav - -r 8000 -c 1 -t ul "en/$name.ulaw" gain -n -6 lowpass 3400
done
sox -n -r 8000 -c 1 -t ul en/beep.ulaw synth 0.25 sine 1000 gain -10

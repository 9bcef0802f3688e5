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

# Music on hold: eight broken chords over a bass, which end as they begin. In A flat, so that none of its notes
# is a tone that lines are tested with (440, 1000 Hz): who listens for one does not find it in the music.
mkdir -p moh
work=$(mktemp -d)
bars="" n=0
while read -r bass notes; do
	n=$((n + 1)) list=""
	for note in $notes; do
		sox -R -n -r 16000 -c 1 "$work/$note.wav" synth 0.4 pluck "$note" fade t 0.002 0.4 0.03
		list="$list $work/$note.wav"
	done
	sox $list "$work/high.wav"
	sox -R -n -r 16000 -c 1 "$work/low.wav" synth 2.4 pluck "$bass" fade t 0.005 2.4 0.2
	sox -m -v 0.7 "$work/high.wav" -v 0.5 "$work/low.wav" "$work/bar$n.wav"
	bars="$bars $work/bar$n.wav"
done <<END
Ab2 C4 Eb4 Ab4 C5 Ab4 Eb4
F3 C4 F4 Ab4 C5 Ab4 F4
Db3 Db4 F4 Ab4 Db5 Ab4 F4
Eb3 Bb3 Eb4 G4 Bb4 G4 Eb4
C3 C4 Eb4 G4 C5 G4 Eb4
F3 Ab3 C4 F4 Ab4 F4 C4
Bb2 Db4 F4 Bb4 Db5 Bb4 F4
Eb3 Db4 Eb4 G4 Bb4 G4 Eb4
END
sox $bars -r 8000 -t ul moh/holding.ulaw lowpass 3400 gain -n -9
rm -r "$work"

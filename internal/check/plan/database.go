package plan

import (
	"regexp"
	"strings"

	"obelisk/dialplan"
	"obelisk/internal/check/look"
	"obelisk/internal/config"
)

// dbKey is DB(family/key) and its like, as it is written.
var dbKey = regexp.MustCompile(`\bDB(?:_EXISTS|_DELETE|_KEYS)?\(([^()${},]+/[^()${},]+)\)(=?)`)

// database finds entries of the astdb that are read under a name which no step writes, where a step writes
// one that differs by a letter or two.
func (j *judge) database() {
	type place struct {
		at  config.Pos
		key string
	}
	var read []place
	written := map[string]bool{}
	j.plan.EachStep(func(at dialplan.Place) {
		text := at.Step.Args.Raw()
		if !strings.Contains(text, "DB") {
			return
		}
		set := strings.EqualFold(at.Step.App, "Set")
		for _, m := range dbKey.FindAllStringSubmatchIndex(text, -1) {
			key := strings.TrimSpace(text[m[2]:m[3]])
			if set && m[0] == 0 && m[5] > m[4] || strings.Contains(text[:m[0]], "Set(") && m[5] > m[4] {
				written[strings.ToLower(key)] = true
			} else {
				read = append(read, place{at.Step.Pos, key})
			}
		}
	})
	var keys []string
	for key := range written {
		keys = append(keys, key)
	}
	for _, r := range read {
		if near := config.Nearest(strings.ToLower(r.key), keys); near != "" && !written[strings.ToLower(r.key)] && look.Slip(near, r.key) && lettersDiffer(near, r.key) {
			j.Say("plan-db-key", r.at, "DB("+near+")", "the entry '%s' of the database is written by no step: one is written as '%s', and this "+
				"reads as nothing", r.key, near)
		}
	}
}

// databaseTurned finds entries whose family and key stand the other way round where they are written.
func (j *judge) databaseTurned() {
	families := map[string]bool{} // that a step writes
	turned := map[string]string{} // last part of what is written below a key that a call gives, to the text
	type place struct {
		at   config.Pos
		text string
	}
	read := map[string]place{} // by family, the first one
	j.plan.EachStep(func(at dialplan.Place) {
		text := at.Step.Args.Raw()
		if !strings.Contains(text, "DB") {
			return
		}
		if strings.HasPrefix(strings.ToLower(at.Step.App), "dbput") || strings.Contains(strings.ToLower(at.Step.App), "agi") {
			families["*"] = true
		}
		for _, m := range dbAny.FindAllStringIndex(text, -1) {
			args, ok := untilClosed(text[m[1]:])
			if !ok {
				continue
			}
			parts := dialplan.SplitOutside(args, '/', 0)
			first, last := strings.TrimSpace(parts[0]), strings.TrimSpace(parts[len(parts)-1])
			switch writes := strings.HasPrefix(text[m[1]+len(args):], ")="); {
			case len(parts) < 2:
			case writes && known(first):
				families[first] = true
			case writes && known(last):
				turned[last] = args
			case writes:
				families["*"] = true
			case known(first) && read[first].text == "":
				read[first] = place{at.Step.Pos, args}
			}
		}
	})
	for family, r := range read {
		for other := range families {
			if other != family && strings.EqualFold(other, family) && !families[family] {
				j.Say("plan-db-key", r.at, other, "the family '%s' of the database is written by no step: '%s' is, names are compared with their "+
					"case, and this reads as nothing", family, other)
			}
		}
		if written := turned[family]; written != "" && !families[family] && !families["*"] {
			j.Say("plan-db-key", r.at, "DB("+written+"), or the other way round in both", "the entry '%s' of the database is written by no step: "+
				"what is written is '%s', family and key the other way round, and this reads as nothing", r.text, written)
		}
	}
}

var dbAny = regexp.MustCompile(`\bDB(?:_EXISTS|_DELETE)?\(`)

// lettersDiffer says whether two names differ otherwise than by their digits: line1 and line2 are two.
func lettersDiffer(a, b string) bool {
	return digits.ReplaceAllString(strings.ToLower(a), "0") != digits.ReplaceAllString(strings.ToLower(b), "0")
}

var digits = regexp.MustCompile(`[0-9]+`)

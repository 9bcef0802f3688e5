package config

import "strings"

// DidYouMean is the end of a message about an unknown name: " (did you mean
// 'x'?)", or "" when no known name is near.
func DidYouMean(name string, known []string) string {
	if n := Nearest(name, known); n != "" {
		return " (did you mean '" + n + "'?)"
	}
	return ""
}

// Nearest returns the known name closest to a misspelt one, or "" when none is
// close enough to be a plausible intention (edit distance up to a third of the
// length, one more with the same first letter; compared without case).
func Nearest(name string, known []string) string {
	best, bestDist := "", len(name)/3+1
	lower := strings.ToLower(name)
	for _, k := range known {
		other := strings.ToLower(k)
		d := distance(lower, other, bestDist)
		if d > len(name)/3 && (lower == "" || other == "" || lower[0] != other[0]) {
			continue
		}
		if d < bestDist || d == bestDist && best == "" && d > 0 {
			best, bestDist = k, d
		}
	}
	return best
}

// Distance is how many letters two names differ in, one that is left out, put in, changed or
// swapped with the next counting each.
func Distance(a, b string) int { return distance(a, b, len(a)+len(b)) }

// distance is the optimal-string-alignment distance, cut off above limit.
func distance(a, b string, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	var rows [3][48]int // names are short: no memory is asked for
	prev2, prev, cur := rows[0][:], rows[1][:], rows[2][:]
	if len(b) >= len(prev) {
		prev2, prev, cur = make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	}
	prev2, prev, cur = prev2[:len(b)+1], prev[:len(b)+1], cur[:len(b)+1]
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], prev2[j-2]+1)
			}
			least = min(least, cur[j])
		}
		if least > limit {
			return limit + 1
		}
		prev2, prev, cur = prev, cur, prev2
	}
	return prev[len(b)]
}

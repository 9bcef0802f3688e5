package auth

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"sync"
	"time"
)

// Nonces are nonces that may be used for a while (noncelife). One that is given out
// takes no memory: it carries the time and our seal. What is kept is how often those
// with a qop were used. It is safe for use by several goroutines; the zero value is
// not ready.
type Nonces struct {
	key [32]byte

	mu     sync.Mutex // guards all below
	counts [2]map[string]uint32
	turned time.Time
}

// NewNonces makes a set of its own; nonces of another are not known.
func NewNonces() *Nonces {
	n := &Nonces{counts: [2]map[string]uint32{{}, {}}}
	rand.Read(n.key[:]) // never fails
	return n
}

const (
	nonceTime   = 8  // hexadecimal digits
	nonceRandom = 8  // likewise
	nonceSeal   = 24 // likewise
)

// New is a nonce: time, random digits, seal, all hexadecimal.
func (n *Nonces) New(now time.Time) string {
	head := strconv.FormatInt(1<<32|now.Unix()&(1<<32-1), 16)[1:] + Nonce()
	return head + n.seal(head)
}

func (n *Nonces) seal(head string) string {
	h := hmac.New(sha256.New, n.key[:])
	h.Write([]byte(head))
	return hex.EncodeToString(h.Sum(nil))[:nonceSeal]
}

// Age is how old a nonce is; false when it is none of ours.
func (n *Nonces) Age(nonce string, now time.Time) (time.Duration, bool) {
	if len(nonce) != nonceTime+nonceRandom+nonceSeal {
		return 0, false
	}
	head := nonce[:nonceTime+nonceRandom]
	born, err := strconv.ParseInt(nonce[:nonceTime], 16, 64)
	if err != nil || !hmac.Equal([]byte(n.seal(head)), []byte(nonce[len(head):])) {
		return 0, false
	}
	return now.Sub(time.Unix(born, 0)), true
}

// Spent is the count of a nonce that was used without a count and must not be used
// again.
const Spent = 1<<32 - 1

// Use notes that a nonce was used with a count, which must be higher than any before
// (RFC 2617 section 3.2.2); false for a repetition. life is how long nonces are good.
func (n *Nonces) Use(nonce string, count uint32, life time.Duration, now time.Time) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if now.Sub(n.turned) > life { // what nobody can use any more is forgotten
		n.counts[0], n.counts[1], n.turned = map[string]uint32{}, n.counts[0], now
	}
	last := max(n.counts[0][nonce], n.counts[1][nonce])
	if count <= last {
		return false
	}
	n.counts[0][nonce] = count
	return true
}

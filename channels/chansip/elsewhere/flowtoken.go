package elsewhere

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"obelisk/channels/chansip/location"
)

// keys make what nobody else can make, in this run of the node.
type keys struct{ secret []byte }

func newKeys() keys {
	k := keys{make([]byte, 32)}
	rand.Read(k.secret)
	return k
}

// seal is 96 bits of what the texts come to under the secret, in hexadecimal.
func (k keys) seal(texts ...string) string {
	h := hmac.New(sha256.New, k.secret)
	for _, text := range texts {
		h.Write([]byte(text))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// token names the flow of a binding (RFC 5626 section 5.2). A refresh keeps it, and another
// port of the same NAT: the calls of the phone go on.
func (k keys) token(b *location.Binding) string {
	return k.seal("flow", b.Name, b.Contact, b.Addr.Addr().String()) + "." + hex.EncodeToString([]byte(b.Name))
}

// find finds the binding of a token; nil: there is none any more, or the token is none of ours.
func (k keys) find(bindings *location.Bindings, token string) *location.Binding {
	_, code, _ := strings.Cut(token, ".")
	name, err := hex.DecodeString(code)
	if err != nil || len(name) == 0 {
		return nil
	}
	for _, b := range bindings.All(string(name)) {
		if !b.IsExpired() && hmac.Equal([]byte(k.token(b)), []byte(token)) {
			return b
		}
	}
	return nil
}

package fn

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"errors"

	"obelisk/pbx"
)

// crypt: functions that hide a text.
var crypt = []pbx.Func{
	{Name: "AES_ENCRYPT", Synopsis: "A text hidden with a key, in base 64",
		Usage: "AES_ENCRYPT(key of 16 characters,text)\n  AES-128, each block for itself; the last one is filled up with zeros", Read: encrypt},
	{Name: "AES_DECRYPT", Synopsis: "What AES_ENCRYPT has hidden", Usage: "AES_DECRYPT(key of 16 characters,text in base 64)", Read: decrypt},
}

var errKey = errors.New("it takes a key of 16 characters, and a text")

// eachBlock applies a cipher to the blocks of a text.
func eachBlock(text string, do func(to, from []byte)) []byte {
	n := (len(text) + aes.BlockSize - 1) / aes.BlockSize * aes.BlockSize
	out := make([]byte, n)
	copy(out, text)
	for i := 0; i < n; i += aes.BlockSize {
		do(out[i:i+aes.BlockSize], out[i:i+aes.BlockSize])
	}
	return out
}

// encrypt hides each block for itself (ECB), so that equal ones look equal: it is what other
// programs read.
func encrypt(_ *pbx.Channel, args string) (string, error) {
	block, text, err := keyed(args)
	if err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(eachBlock(text, block.Encrypt)), nil
}

func decrypt(_ *pbx.Channel, args string) (string, error) {
	block, text, err := keyed(args)
	if err != nil {
		return "", err
	}
	return cString(string(eachBlock(base64Bytes(text), block.Decrypt))), nil
}

// keyed reads a key and a text.
func keyed(args string) (block cipher.Block, text string, err error) {
	f := raw(args, 2)
	if len(f) < 2 || f[1] == "" || len(f[0]) != aes.BlockSize {
		return nil, "", errKey
	}
	block, err = aes.NewCipher([]byte(f[0]))
	return block, f[1], err
}

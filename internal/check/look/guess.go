package look

import "strings"

// guessed are secrets that every scanner tries first, and those that old distributions and
// examples came with.
var guessed = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(
		`1234 12345 123456 1234567 12345678 123456789 1234567890 4321 54321 654321 0000 00000 000000 1111 11111 111111 2222 3333 4444 5555 6666 7777 8888 9999
		password passw0rd p@ssw0rd pass passwd secret mysecret supersecret topsecret changeme change_me letmein welcome asterisk admin administrator root test test123 testing guest user phone sip voip
		qwerty abc123 abcd1234 asdf a1b2c3 temp default pbx freepbx trixbox elastix issabel vicidial amp111 elastix456 mysecret1234 mysecretpassword manager pa55w0rd astadmin phpagi unsecurepassword
		somesecret your_secret yoursecret yourpassword goodsecret blah foobar monkey dragon 123123 112233 1q2w3e4r 1qaz2wsx 1234abcd pass123 pass1234 password1 password123 secret123 admin123 asterisk123`) {
		m[w] = true
	}
	return m
}()

// Guessable says whether a secret, in lower case, is guessed first.
func Guessable(secret string) bool { return guessed[secret] || same(secret) }

// Word says whether a text is a word that secrets are made of.
func Word(text string) bool { return guessed[text] }

// same says whether a text is one letter only.
func same(s string) bool { return len(s) > 0 && strings.Trim(s, s[:1]) == "" && len(s) < 12 }

// Languages are names of languages that are not those of folders of prompts.
var Languages = map[string]string{
	"english": "en", "german": "de", "deutsch": "de", "ger": "de", "deu": "de", "french": "fr", "francais": "fr", "fra": "fr",
	"spanish": "es", "espanol": "es", "spa": "es", "esp": "es", "italian": "it", "italiano": "it", "ita": "it", "dutch": "nl",
	"nederlands": "nl", "polish": "pl", "polski": "pl", "russian": "ru", "rus": "ru", "swedish": "sv", "se": "sv", "danish": "da",
	"dk": "da", "czech": "cs", "cz": "cs", "jp": "ja", "japanese": "ja", "portuguese": "pt", "eng": "en", "uk": "en_GB",
	"us": "en", "at": "de", "gr": "el", "ua": "uk",
}

package console

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
)

//go:embed static
var staticFiles embed.FS

// asset is a static file, as it is sent.
type asset struct {
	text, packed []byte // packed is nil where that saves nothing
	kind, tag    string
	address      string // with the hash, so that a browser keeps it as long as it is the same
}

// assets are the static files, packed once.
var assets = func() map[string]asset {
	out := map[string]asset{}
	list, err := staticFiles.ReadDir("static")
	if err != nil {
		panic(err)
	}
	for _, e := range list {
		text, err := staticFiles.ReadFile("static/" + e.Name())
		if err != nil {
			panic(err)
		}
		sum := sha256.Sum256(text)
		hash := hex.EncodeToString(sum[:6])
		a := asset{text: text, packed: packed(text), kind: mime.TypeByExtension(path.Ext(e.Name())), tag: `"` + hash + `"`,
			address: "/static/" + e.Name() + "?v=" + hash}
		switch path.Ext(e.Name()) { // whatever tables the machine has
		case ".js":
			a.kind = "text/javascript; charset=utf-8"
		case ".css":
			a.kind = "text/css; charset=utf-8"
		case ".svg":
			a.kind = "image/svg+xml"
		case ".md", ".txt":
			a.kind = "text/plain; charset=utf-8"
		}
		out[e.Name()] = a
	}
	return out
}()

// packed is a text in gzip, nil where it is not shorter.
func packed(text []byte) []byte {
	var b bytes.Buffer
	z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
	z.Write(text)
	z.Close()
	if b.Len() >= len(text) {
		return nil
	}
	return b.Bytes()
}

// takesGzip says whether a browser takes packed answers.
func takesGzip(r *http.Request) bool {
	for _, x := range strings.Split(r.Header.Get("Accept-Encoding"), ",") {
		name, q, _ := strings.Cut(strings.TrimSpace(x), ";")
		if name == "gzip" && strings.TrimSpace(q) != "q=0" {
			return true
		}
	}
	return false
}

// serveAsset sends a static file. One that is asked for by its hash is kept for good.
func serveAsset(w http.ResponseWriter, r *http.Request) {
	a, ok := assets[r.PathValue("name")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("Vary", "Accept-Encoding")
	h.Set("ETag", a.tag)
	h.Set("Cache-Control", "no-cache")
	if r.URL.Query().Get("v") == strings.Trim(a.tag, `"`) {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if strings.Contains(r.Header.Get("If-None-Match"), a.tag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	text := a.text
	if a.packed != nil && takesGzip(r) {
		h.Set("Content-Encoding", "gzip")
		text = a.packed
	}
	h.Set("Content-Length", strconv.Itoa(len(text)))
	w.Write(text)
}

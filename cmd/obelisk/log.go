package main

import (
	"io"
	"os"
	"time"

	"obelisk/internal/printable"

	"github.com/rs/zerolog"
	"github.com/rs/zerolog/diode"
)

// logLines are kept while the log's reader does not keep up; the oldest go first.
const logLines = 4096

// lastWords is how long the end of the program waits for the log's reader.
const lastWords = time.Second

// logger writes to standard error without ever waiting for it: a collector that
// hangs must not hang the calls. end writes what is left.
func logger(o options) (log zerolog.Logger, end func()) {
	shown := zerolog.InfoLevel
	if o.debug > 0 {
		shown = zerolog.DebugLevel
	}
	if o.quiet { // here; the log files have it all
		shown = zerolog.WarnLevel
	}
	format := func(out io.Writer) zerolog.Logger {
		w := zerolog.ConsoleWriter{Out: out, TimeFormat: "2006-01-02 15:04:05", NoColor: o.noColor || !isTerminal(), FormatPrepare: plain}
		return zerolog.New(&zerolog.FilteredLevelWriter{Writer: zerolog.LevelWriterAdapter{Writer: w}, Level: shown}).With().Timestamp().Logger()
	}
	direct := format(os.Stderr)
	stderr := struct{ io.Writer }{os.Stderr} // which the end of the log must not close: after "core restart" it is needed again
	out := diode.NewWriter(stderr, logLines, 0, func(missed int) {
		direct.Warn().Msgf("%d lines of the log are lost: they were not taken in time", missed)
	})
	return format(out), func() {
		done := make(chan struct{})
		go func() {
			out.Close()
			close(done)
		}()
		select {
		case <-done:
		case <-time.After(lastWords):
		}
	}
}

// plain takes control characters out of what a line says: it may be what a stranger calls
// himself. Further lines of it are indented, as in the log files; the fields are quoted by
// the writer.
func plain(line map[string]any) error {
	if text, ok := line[zerolog.MessageFieldName].(string); ok {
		line[zerolog.MessageFieldName] = printable.Indented(text)
	}
	return nil
}

package check

import (
	"cmp"
	"errors"
	"io"
	"strings"
	"time"

	"obelisk/dialplan"
	"obelisk/internal/boot"
)

// Explain tells which extension "number@context" runs for a caller, from the files of a
// configuration; false when none does.
func Explain(w io.Writer, where, home, target, caller string) (bool, error) {
	number, context, ok := strings.Cut(target, "@")
	if !ok {
		return false, errors.New("obelisk explain takes NUMBER@CONTEXT")
	}
	s, err := boot.ReadOnly(where, home, true)
	if err != nil {
		return false, err
	}
	defer s.Close()
	if s.Plan() == nil {
		return false, cmp.Or(s.Error(), errors.New("there is no extensions.conf"))
	}
	return s.Plan().Explain(w, context, number, dialplan.Query{CallerID: caller, Now: time.Now()}, s.Core().Absence(s.Plan())), nil
}

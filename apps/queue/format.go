package queue

import (
	"fmt"

	"obelisk/pbx"
)

// written writes a number or a text.
func written(v any) string { return fmt.Sprint(v) }

// f is a field of an event.
func f(name string, value any) pbx.Field { return pbx.Field{Name: name, Value: written(value)} }

package access

import (
	"os"
	"path/filepath"
	"testing"

	"obelisk/dialplan/app"
	"obelisk/dialplan/fn"
	"obelisk/internal/store"
	"obelisk/internal/testkit/script"
	"obelisk/pbx"
	"obelisk/sounds"
)

// Scripts have a dialplan, calls into it and what is expected of each; ${GLOBAL(DIR)} has files
// of passwords.
func TestScripts(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"pins":     "12\n555\r\n",
		"accounts": "joe:81dc9bdb52d04dc20036dbd8313ed055\n:x\n", // 1234
		"disa":     "# who may\n;none\n4711,menu,\"Remote\" <99>\nabc\n4712\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	script.Run(t, "testdata/*.txt", func(core *pbx.Core, lib *sounds.Library) {
		app.Register(core, lib)
		fn.Register(core)
		db := store.Memory()
		fn.Database(core, db)
		db.Put("pin", "77", "x")
		New(lib).Furnish(core)
		core.SetGlobal("DIR", dir)
	})
}

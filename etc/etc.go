// Package etc is the sample configuration, embedded as the default: with no
// files at all the switchboard runs on this.
package etc

import "embed"

// Files are the sample files.
//
//go:embed *.conf
var Files embed.FS

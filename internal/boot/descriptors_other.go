//go:build !unix

package boot

// descriptorLimit is not known here.
func descriptorLimit() int { return 0 }

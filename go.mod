module obelisk

go 1.26.8

require (
	github.com/pion/rtcp v1.2.20
	github.com/pion/rtp v1.10.6
	golang.org/x/sys v0.49.0
	gopkg.in/ini.v1 v1.67.3
)

require github.com/pion/randutil v0.1.0 // indirect

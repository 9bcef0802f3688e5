package tell

import (
	"path/filepath"

	"obelisk/internal/check/codes"
)

// The parts of SARIF 2.1.0 that are written.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool    sarifTool     `json:"tool"`
		Results []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name  string      `json:"name"`
		Rules []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               string    `json:"id"`
		ShortDescription sarifText `json:"shortDescription"`
		FullDescription  sarifText `json:"fullDescription"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations"`
	}
	sarifLocation struct {
		Physical sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   sarifRegion   `json:"region"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine int `json:"startLine"`
	}
)

// sarif is the log of one run.
func sarif(list []Finding) sarifLog {
	level := map[string]string{"error": "error", "warning": "warning", "missing": "warning", "note": "note"}
	run := sarifRun{Tool: sarifTool{sarifDriver{Name: "obelisk check", Rules: []sarifRule{}}}, Results: []sarifResult{}}
	ruled := map[string]bool{}
	for _, f := range list {
		if k := codes.Of(f.Code); !ruled[f.Code] && f.Code != "" {
			ruled[f.Code] = true
			title := k.Title
			if title == "" {
				title = f.Code
			}
			story := k.Story
			if story == "" {
				story = title
			}
			run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{f.Code, sarifText{title}, sarifText{story}})
		}
		text := f.Message
		if f.Hint != "" {
			text += " (" + f.Hint + ")"
		}
		run.Results = append(run.Results, sarifResult{RuleID: f.Code, Level: level[f.Severity], Message: sarifText{text},
			Locations: []sarifLocation{{sarifPhysical{sarifArtifact{filepath.ToSlash(f.File)}, sarifRegion{max(f.Line, 1)}}}}})
	}
	return sarifLog{Schema: "https://json.schemastore.org/sarif-2.1.0.json", Version: "2.1.0", Runs: []sarifRun{run}}
}

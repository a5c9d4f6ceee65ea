// Reads a JSON list of regular expressions, and writes a JSON list with the error of each, or "".
package main

import (
	"encoding/json"
	"os"
	"regexp"
)

func main() {
	var patterns []string
	if err := json.NewDecoder(os.Stdin).Decode(&patterns); err != nil {
		panic(err)
	}
	errors := make([]string, len(patterns))
	for at, pattern := range patterns {
		if _, err := regexp.Compile(pattern); err != nil {
			errors[at] = err.Error()
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(errors); err != nil {
		panic(err)
	}
}

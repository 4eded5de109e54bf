// Package gen is generated from openapi.yaml by `make gen`: the server interface, its strict wrapper and the types.
package gen

//go:generate go tool oapi-codegen -config config.yaml ../../openapi.yaml

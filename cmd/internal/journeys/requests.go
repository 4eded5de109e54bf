package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"mofasa/billing/packs"
	"mofasa/tenants/identity"
	"mofasa/tenants/municipalities"
	"mofasa/tenants/scope"
	"mofasa/tenants/vehicles"
)

// home is a city where a vehicle's owner has lived since a Jalali day.
type home struct {
	City  int    `json:"city"`
	Since string `json:"since"`
}

// wanted is a vehicle that a journey asks for.
type wanted struct {
	Type  string `json:"type"` // pride-131 unless told otherwise; one without a published value has none
	Homes []home `json:"homes"`
}

// made is the vehicle, new to everybody.
type made struct {
	Plate string `json:"plate"`
	VIN   string `json:"vin"`
}

// hired is a person whom a journey asks for: the first office's unless it says other, and with a second factor if it says so.
type hired struct {
	Role   identity.Role `json:"role"`
	Other  bool          `json:"other"`
	Factor bool          `json:"factor"`
}

// person is somebody who can sign in.
type person struct {
	ID       uuid.UUID `json:"id"`
	Username string    `json:"username"`
	Factor   *factor   `json:"factor,omitempty"`
}

// startRequests serves what journeys ask for besides the portal:
//
//	POST /vehicles               wanted → made
//	POST /people                 hired → person
//	POST /cities/{code}/{stage}  takes a city to a stage of its rollout
//	POST /bank-payments          bill → what was read of the bank's file
//	POST /orders/{id}/lapse      lets the time of an order go by
//	POST /terminal               answers once the terminal is the caller's, until they hang up
//
// What cannot be done is answered with error.
func (g *ground) startRequests(context.Context) error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	routes := http.NewServeMux()
	routes.HandleFunc("POST /vehicles", g.answer(g.makeVehicle))
	routes.HandleFunc("POST /people", g.answer(g.hire))
	routes.HandleFunc("POST /cities/{code}/{stage}", g.answer(g.moveCity))
	routes.HandleFunc("POST /bank-payments", g.answer(g.payAtBank))
	routes.HandleFunc("POST /orders/{id}/lapse", g.answer(g.lapse))
	routes.HandleFunc("POST /terminal", g.holdTerminal)
	g.requests = &http.Server{Handler: routes, ReadHeaderTimeout: 5 * time.Second}
	g.Requests = "http://" + listener.Addr().String()
	go func() {
		if err := g.requests.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			g.failed <- err
		}
	}()
	return nil
}

func (g *ground) answer(do func(*http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := do(r)
		if err != nil {
			body = map[string]string{"error": err.Error()}
		}
		_ = json.NewEncoder(w).Encode(body) // whoever asked may be gone
	}
}

const vehicleHeader = "vin,class,usage,fuel,origin,cylinders,type_code,model_year,first_registered,plate,plate_from,plate_to,municipality_code,residence_from,residence_to\n"

func (g *ground) makeVehicle(r *http.Request) (any, error) {
	var w wanted
	if err := json.NewDecoder(r.Body).Decode(&w); err != nil {
		return nil, err
	}
	if len(w.Homes) == 0 {
		return nil, errors.New("homes: a vehicle lives somewhere")
	}
	number := g.vehicles.Add(1)
	m := made{Plate: plate(number), VIN: fmt.Sprintf("NAS411100G1%06d", number)}
	importer := &vehicles.Importer{Runner: g.runner, ParseDay: parseDay}
	_, err := importWhole(scope.WithActor(r.Context(), scope.Actor{Kind: scope.ActorSystem}), importer, strings.NewReader(vehicleHeader+w.rows(m)))
	return m, err
}

// rows are the vehicle's lines of the importer's file, one for each home.
func (w wanted) rows(m made) string {
	var b strings.Builder
	first := w.Homes[0].Since
	for i, h := range w.Homes {
		until, worn, from := "", "", ""
		if i+1 < len(w.Homes) {
			until = w.Homes[i+1].Since
		}
		if i == 0 {
			worn, from = m.Plate, first
		}
		fmt.Fprintf(&b, "%s,passenger_car,private,petrol,domestic,4,%s,%s,%s,%s,%s,,%d,%s,%s\n", m.VIN, cmp.Or(w.Type, types[1].code), first[:4], first, worn, from, h.City, h.Since, until)
	}
	return b.String()
}

// plate is the number's: digits from 1 to 9 around the letter, and the region 22.
func plate(number int64) string {
	digits := make([]int64, 5)
	for i := range digits {
		digits[i], number = number%9+1, number/9
	}
	return fmt.Sprintf("%d%dس%d%d%d22", digits[4], digits[3], digits[2], digits[1], digits[0])
}

func (g *ground) hire(r *http.Request) (any, error) {
	var h hired
	if err := json.NewDecoder(r.Body).Decode(&h); err != nil {
		return nil, err
	}
	office := g.offices[0]
	if h.Other {
		office = g.offices[1]
	}
	number := g.hires.Add(1)
	p := identity.NewPerson{Username: fmt.Sprintf("journey.%d.%s", number, h.Role), NameFA: "زهرا اکبری", Role: h.Role}
	ctx := scope.WithActor(r.Context(), scope.Actor{Kind: scope.ActorSystem})
	made := person{Username: p.Username}
	err := g.runner.InTx(ctx, scope.Platform(), func(tx *scope.Tx) (err error) {
		made.ID, err = g.enrol(tx, office, p)
		return err
	})
	if err == nil && h.Factor {
		made.Factor, err = g.setUp(ctx, made.ID)
	}
	return made, err
}

func (g *ground) moveCity(r *http.Request) (any, error) {
	code, err := strconv.Atoi(r.PathValue("code"))
	if err != nil {
		return nil, err
	}
	ctx := scope.WithActor(r.Context(), scope.Actor{Kind: scope.ActorSystem})
	life, err := packs.NewService(g.runner).MoveTo(ctx, scope.Platform(), code, municipalities.Stage(r.PathValue("stage")), "برای یک سفر آزمایشی")
	return map[string]any{"stage": life.Stage}, err
}

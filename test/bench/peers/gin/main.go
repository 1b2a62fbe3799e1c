// What one would write in Go: Gin, a JWT middleware and database/sql on SQLite. Says where it
// listens, with a token, on one line.
package main

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/golang-jwt/jwt/v5"
	_ "modernc.org/sqlite"
)

const tenants = 100

var secret = []byte("a secret of the bench that is long enough")

type agent struct {
	ID        int64           `json:"id"`
	Tenant    string          `json:"tenant"`
	Name      string          `json:"name"`
	Version   string          `json:"version"`
	Revision  int             `json:"revision"`
	Phase     string          `json:"phase"`
	Ready     bool            `json:"ready"`
	Spec      json.RawMessage `json:"spec"`
	CreatedAt string          `json:"createdAt"`
	UpdatedAt string          `json:"updatedAt"`
}

type claims struct {
	Tenant string `json:"tenant"`
	jwt.RegisteredClaims
}

const columns = "id, tenant, name, version, revision, phase, ready, spec, created_at, updated_at"

func main() {
	folder, agents := os.Args[1], 10_000
	if len(os.Args) > 2 {
		agents, _ = strconv.Atoi(os.Args[2])
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(folder, "gin.db")+"?_pragma=journal_mode(WAL)&_pragma=busy_timeout(5000)")
	check(err)
	check(seed(db, agents))
	one, err := db.Prepare("SELECT " + columns + " FROM agents WHERE tenant = ? AND name = ?")
	check(err)
	list, err := db.Prepare("SELECT " + columns + " FROM agents WHERE tenant = ? ORDER BY name LIMIT 50")
	check(err)

	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	router.Use(gin.Recovery(), authenticated)
	router.GET("/agents/:name", func(c *gin.Context) {
		found, err := scan(one.QueryRowContext(c, c.GetString("tenant"), c.Param("name")))
		if errors.Is(err, sql.ErrNoRows) {
			c.AbortWithStatus(http.StatusNotFound)
			return
		}
		answer(c, found, err)
	})
	router.GET("/agents", func(c *gin.Context) {
		found, err := many(list.QueryContext(c, c.GetString("tenant")))
		answer(c, found, err)
	})

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	signed, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims{
		Tenant:           "tenant-0",
		RegisteredClaims: jwt.RegisteredClaims{Subject: "somebody", ExpiresAt: jwt.NewNumericDate(time.Now().Add(time.Hour))},
	}).SignedString(secret)
	check(err)
	fmt.Printf("{\"url\":\"http://%s\",\"token\":%q}\n", listener.Addr(), signed)
	// It ends with whoever wanted it.
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	check(http.Serve(listener, router))
}

func authenticated(c *gin.Context) {
	raw, found := strings.CutPrefix(c.GetHeader("Authorization"), "Bearer ")
	var said claims
	_, err := jwt.ParseWithClaims(raw, &said, func(*jwt.Token) (any, error) { return secret, nil }, jwt.WithValidMethods([]string{"HS256"}))
	if !found || err != nil {
		c.AbortWithStatus(http.StatusUnauthorized)
		return
	}
	c.Set("tenant", said.Tenant)
}

func answer(c *gin.Context, body any, err error) {
	if err != nil {
		c.AbortWithStatus(http.StatusInternalServerError)
		return
	}
	c.JSON(http.StatusOK, body)
}

type row interface{ Scan(into ...any) error }

func scan(from row) (agent, error) {
	var a agent
	var spec string
	err := from.Scan(&a.ID, &a.Tenant, &a.Name, &a.Version, &a.Revision, &a.Phase, &a.Ready, &spec, &a.CreatedAt, &a.UpdatedAt)
	a.Spec = json.RawMessage(spec)
	return a, err
}

func many(rows *sql.Rows, err error) ([]agent, error) {
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := make([]agent, 0, 50)
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		found = append(found, one)
	}
	return found, rows.Err()
}

// seed makes as many agents in as many tenants as the product has; in every one there is agent-0.
func seed(db *sql.DB, agents int) error {
	if _, err := db.Exec(`CREATE TABLE agents (id INTEGER PRIMARY KEY, tenant TEXT NOT NULL, name TEXT NOT NULL, version TEXT NOT NULL,
		revision INTEGER NOT NULL, phase TEXT NOT NULL, ready BOOLEAN NOT NULL, spec TEXT NOT NULL, created_at TEXT NOT NULL,
		updated_at TEXT NOT NULL, UNIQUE (tenant, name))`); err != nil {
		return err
	}
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	now := time.Now().UTC().Format(time.RFC3339)
	for n := range agents {
		name := fmt.Sprintf("agent-%d", n/tenants)
		if _, err := tx.Exec("INSERT INTO agents (tenant, name, version, revision, phase, ready, spec, created_at, updated_at) VALUES (?, ?, '1.0.0', 1, 'Running', 1, ?, ?, ?)",
			fmt.Sprintf("tenant-%d", n%tenants), name, spec(name), now, now); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func spec(name string) string {
	return fmt.Sprintf(`{"apiVersion":"astromesh/v1","kind":"Agent","metadata":{"name":%q,"version":"1.0.0"},"spec":{"model":{"primary":{"provider":"echo","model":"echo-1"}},"prompts":{"system":"You answer briefly."},"orchestration":{"pattern":"react","max_iterations":5}}}`, name)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// A server that a user could have written instead: Gin, a JWT middleware, SQLite. It takes the file of
// its database and how many rows to put into it, and prints its address and a token.
package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/golang-jwt/jwt/v5"
	_ "modernc.org/sqlite"
)

var secret = []byte("a secret of the bench that is long enough")

// Summary is an agent in a list.
type Summary struct {
	Name      string `json:"name"`
	Namespace string `json:"namespace"`
	Version   string `json:"version"`
	Phase     string `json:"phase"`
	Model     string `json:"model"`
	CreatedAt string `json:"createdAt"`
	UpdatedAt string `json:"updatedAt"`
}

// Agent is an agent in full.
type Agent struct {
	Summary
	Spec json.RawMessage `json:"spec"`
}

const columns = "name, namespace, version, phase, model, created_at, updated_at"

func authenticate(c *gin.Context) {
	raw, found := strings.CutPrefix(c.GetHeader("Authorization"), "Bearer ")
	if !found {
		c.AbortWithStatusJSON(http.StatusUnauthorized, gin.H{"error": "unauthorized"})
		return
	}
	claims := &jwt.RegisteredClaims{}
	key := func(*jwt.Token) (any, error) { return secret, nil }
	if _, err := jwt.ParseWithClaims(raw, claims, key, jwt.WithValidMethods([]string{"HS256"})); err != nil {
		c.AbortWithStatusJSON(http.StatusUnauthorized, gin.H{"error": "unauthorized"})
		return
	}
	c.Set("user", claims.Subject)
}

func getOne(one *sql.Stmt) gin.HandlerFunc {
	return func(c *gin.Context) {
		var a Agent
		var spec string
		row := one.QueryRowContext(c.Request.Context(), c.Param("name"))
		err := row.Scan(&a.Name, &a.Namespace, &a.Version, &a.Phase, &a.Model, &a.CreatedAt, &a.UpdatedAt, &spec)
		if errors.Is(err, sql.ErrNoRows) {
			c.JSON(http.StatusNotFound, gin.H{"error": "not found"})
			return
		}
		if err != nil {
			c.JSON(http.StatusInternalServerError, gin.H{"error": "internal"})
			return
		}
		a.Spec = json.RawMessage(spec)
		c.JSON(http.StatusOK, a)
	}
}

func list(many *sql.Stmt) gin.HandlerFunc {
	return func(c *gin.Context) {
		limit, err := strconv.Atoi(c.Query("limit"))
		if err != nil {
			c.JSON(http.StatusBadRequest, gin.H{"error": "limit"})
			return
		}
		agents, err := read(c.Request.Context(), many, limit)
		if err != nil {
			c.JSON(http.StatusInternalServerError, gin.H{"error": "internal"})
			return
		}
		c.JSON(http.StatusOK, agents)
	}
}

func read(ctx context.Context, many *sql.Stmt, limit int) ([]Summary, error) {
	rows, err := many.QueryContext(ctx, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	agents := make([]Summary, 0, limit)
	for rows.Next() {
		var s Summary
		if err := rows.Scan(&s.Name, &s.Namespace, &s.Version, &s.Phase, &s.Model, &s.CreatedAt, &s.UpdatedAt); err != nil {
			return nil, err
		}
		agents = append(agents, s)
	}
	return agents, rows.Err()
}

func seed(db *sql.DB, amount int) error {
	if _, err := db.Exec(`CREATE TABLE agents (name TEXT PRIMARY KEY, namespace TEXT NOT NULL, version TEXT NOT NULL,
		phase TEXT NOT NULL, model TEXT NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL, spec TEXT NOT NULL)`); err != nil {
		return err
	}
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	at := time.Now().UTC().Format("2006-01-02T15:04:05.000Z")
	for n := range amount {
		name := fmt.Sprintf("agent-%d", n)
		spec := fmt.Sprintf(`{"apiVersion":"astromesh/v1","kind":"Agent","metadata":{"name":%q,"version":"1.0.0","labels":{"team":"bench"}},`+
			`"spec":{"identity":{"display_name":"Bench","description":"An agent that is measured."},`+
			`"model":{"primary":{"provider":"echo","model":"echo-1"}},`+
			`"prompts":{"system":"You answer shortly, in the language of the question."}}}`, name)
		if _, err := tx.Exec("INSERT INTO agents VALUES (?, 'bench', '1.0.0', 'Running', 'echo/echo-1', ?, ?, ?)", name, at, at, spec); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func main() {
	amount, err := strconv.Atoi(os.Args[2])
	check(err)
	db, err := sql.Open("sqlite", "file:"+os.Args[1]+"?_pragma=journal_mode(WAL)&_pragma=busy_timeout(5000)")
	check(err)
	check(seed(db, amount))
	one, err := db.Prepare("SELECT " + columns + ", spec FROM agents WHERE name = ?")
	check(err)
	many, err := db.Prepare("SELECT " + columns + " FROM agents ORDER BY name LIMIT ?")
	check(err)

	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	router.Use(gin.Recovery())
	agents := router.Group("/agents", authenticate)
	agents.GET("", list(many))
	agents.GET("/:name", getOne(one))

	claims := jwt.RegisteredClaims{Subject: "usr_1", ExpiresAt: jwt.NewNumericDate(time.Now().Add(time.Hour))}
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(secret)
	check(err)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	check(json.NewEncoder(os.Stdout).Encode(gin.H{"url": "http://" + listener.Addr().String(), "token": token}))
	// It ends with whoever wanted it.
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	check(http.Serve(listener, router))
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

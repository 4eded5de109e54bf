package identity

import (
	"crypto/sha256"
	"sync"
	"time"
)

// maxVerified is how many tokens a ring remembers at most, some 200 bytes each; one more forgets them all.
const maxVerified = 16_384

// verified remembers access tokens whose signature a ring has checked, by their digest, so that checking costs once for a token and not for each request. It says nothing
// else of them: whose token it is may have been locked or have signed out since, which Load finds out each time. Another ring remembers nothing of this one.
type verified struct {
	mu     sync.RWMutex
	tokens map[tokenID]verifiedToken
}

type tokenID [sha256.Size]byte

// verifiedToken is what a good token says, and when it is good.
type verifiedToken struct {
	claims      Claims
	from, until time.Time
}

func idOf(token string) tokenID { return sha256.Sum256([]byte(token)) }

// find gives the claims of a token that is remembered and good now.
func (v *verified) find(id tokenID, now time.Time) (Claims, bool) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	t, known := v.tokens[id]
	return t.claims, known && !now.Before(t.from) && now.Before(t.until)
}

func (v *verified) keep(id tokenID, t verifiedToken) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.tokens == nil || len(v.tokens) >= maxVerified {
		v.tokens = map[tokenID]verifiedToken{}
	}
	v.tokens[id] = t
}

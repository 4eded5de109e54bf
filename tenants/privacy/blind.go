package privacy

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"maps"
	"slices"
)

// Mark is the blind index of a value under a key: 32 bytes.
type Mark struct {
	Key KeyID
	Sum []byte
}

// blind is HMAC-SHA-256 (RFC 2104). Equal values have equal sums under one key, and nobody without the key can try values one by one. The kind, which holds no
// colon, keeps values of different kinds apart.
func blind(key []byte, kind, value string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte("mofasa " + kind + ":" + value))
	return mac.Sum(nil)
}

// Blind is the index of a value under the newest key, without its number.
func (k *Keyring) Blind(kind, value string) []byte { return k.Mark(kind, value).Sum }

// Mark is the index under which a value is stored now: the newest key's.
func (k *Keyring) Mark(kind, value string) Mark {
	now := k.now()
	return Mark{now.index, blind(now.indexes[now.index], kind, value)}
}

// Marks are the indexes under which a value may be stored, the newest key's first: while a change of keys goes on, some rows carry the one before.
func (k *Keyring) Marks(kind, value string) []Mark {
	now := k.now()
	var marks []Mark
	for _, id := range slices.Backward(slices.Sorted(maps.Keys(now.indexes))) {
		marks = append(marks, Mark{id, blind(now.indexes[id], kind, value)})
	}
	return marks
}

// MarkWith is the index of a value under a certain key, to be held against a stored one. Error: ErrKeyMissing.
func (k *Keyring) MarkWith(id KeyID, kind, value string) (Mark, error) {
	now, err := k.meet(Indexes, id)
	if err != nil {
		return Mark{}, err
	}
	return Mark{id, blind(now.indexes[id], kind, value)}, nil
}

// Is compares two marks in a time that tells nothing of either.
func (m Mark) Is(other Mark) bool {
	return m.Key == other.Key && subtle.ConstantTimeCompare(m.Sum, other.Sum) == 1
}

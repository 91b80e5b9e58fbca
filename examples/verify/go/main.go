// Checks exported logs with what Go's checksum database is made of (golang.org/x/mod/sumdb/note and tlog): no code of Peta's
// is used, and none but this file was written for Peta's logs.
//
//	go run main.go -keys FILE [-checkpoint FILE] [-proof FILE] [-witness KEY] DIR
//
// Exit: 0 it is intact, 1 it is not (the first fault, on a line).
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// So many hashes are in a tile: 2^8.
const height, width = 8, 256

type checkpoint struct {
	origin string
	tree   tlog.Tree
}

// A key of a log, and the sizes that it signs.
type term struct {
	verifier note.Verifier
	from, to int64
}

func main() {
	keys := flag.String("keys", "", "the log's keys, as you were given them")
	old := flag.String("checkpoint", "", "a checkpoint that you kept: the record must begin with it")
	proof := flag.String("proof", "", "a proof that `peta audit prove` wrote")
	witness := flag.String("witness", "", "a witness's key: something must be cosigned by it")
	flag.Parse()
	said, err := check(flag.Arg(0), *keys, *old, *proof, *witness)
	if err != nil {
		fmt.Printf("%s: not intact: %v\n", flag.Arg(0), err)
		os.Exit(1)
	}
	fmt.Printf("%s: intact: %s\n", flag.Arg(0), said)
}

func check(dir, keys, old, proof, witness string) (string, error) {
	terms, err := readKeys(keys)
	if err != nil {
		return "", err
	}
	newest, err := open(filepath.Join(dir, "checkpoint"), terms, nil)
	if err != nil {
		return "", err
	}
	hashes := tlog.TileHashReader(newest.tree, folder(dir))
	entries, err := checkEntries(dir, newest.tree.N, hashes)
	if err != nil {
		return "", err
	}
	said := fmt.Sprintf("%s, %d entries", newest.origin, entries)
	if old != "" {
		if err := follows(old, terms, nil, newest, hashes); err != nil {
			return "", err
		}
		said += "; it begins with the checkpoint"
	}
	if proof != "" {
		index, err := checkProof(proof, terms)
		if err != nil {
			return "", err
		}
		said += fmt.Sprintf("; entry %d is proven", index)
	}
	if witness != "" {
		of, err := newCosigner(witness)
		if err != nil {
			return "", err
		}
		notes, _ := filepath.Glob(filepath.Join(dir, "cosigned", "*"))
		cosigned := 0
		for _, path := range notes {
			err := follows(path, terms, of, newest, hashes)
			if errors.Is(err, errUnsigned) {
				continue
			}
			if err != nil {
				return "", err
			}
			cosigned++
		}
		if cosigned == 0 {
			return "", fmt.Errorf("nothing is cosigned by %s", of.Name())
		}
		said += fmt.Sprintf("; cosigned by %s", of.Name())
	}
	return said, nil
}

// Each entry that is there is the one that the tree has at its place. What the reader of hashes gives is proven to be of the
// tree.
func checkEntries(dir string, size int64, hashes tlog.HashReader) (int64, error) {
	var entries int64
	for first := int64(0); first < size; first += width {
		count := size - first
		if count > width {
			count = width
		}
		path := tilePath("entries", tlog.Tile{H: height, N: first / width, W: int(count)})
		data, err := os.ReadFile(filepath.Join(dir, path))
		if os.IsNotExist(err) {
			// Its time is over, and its hashes are left.
			continue
		}
		if err != nil {
			return 0, err
		}
		var places []int64
		var leaves []tlog.Hash
		for at := first; len(data) > 0; at++ {
			if len(data) < 2 || len(data)-2 < int(binary.BigEndian.Uint16(data)) {
				return 0, fmt.Errorf("%s: it breaks off in entry %d", path, at)
			}
			length := 2 + int(binary.BigEndian.Uint16(data))
			places = append(places, tlog.StoredHashIndex(0, at))
			leaves = append(leaves, tlog.RecordHash(data[2:length]))
			data = data[length:]
		}
		if int64(len(leaves)) != count {
			return 0, fmt.Errorf("%s: %d entries where %d are to be", path, len(leaves), count)
		}
		proven, err := hashes.ReadHashes(places)
		if err != nil {
			return 0, err
		}
		for at := range leaves {
			if leaves[at] != proven[at] {
				return 0, fmt.Errorf("%s: entry %d is not the one of the tree", path, first+int64(at))
			}
		}
		entries += count
	}
	return entries, nil
}

// The tree begins with that of an older checkpoint, which is signed, and by a witness too if there is one.
func follows(path string, terms []term, by note.Verifier, newest checkpoint, hashes tlog.HashReader) error {
	old, err := open(path, terms, by)
	if err != nil {
		return err
	}
	if old.origin != newest.origin || old.tree.N > newest.tree.N {
		return fmt.Errorf("%s: it is not of what this is", path)
	}
	if old.tree.N == newest.tree.N {
		if old.tree.Hash != newest.tree.Hash {
			return fmt.Errorf("%s: its %d entries are other ones", path, old.tree.N)
		}
		return nil
	}
	proof, err := tlog.ProveTree(newest.tree.N, old.tree.N, hashes)
	if err != nil {
		return err
	}
	if err := tlog.CheckTree(proof, newest.tree.N, newest.tree.Hash, old.tree.N, old.tree.Hash); err != nil {
		return fmt.Errorf("%s: its %d entries are other ones: %v", path, old.tree.N, err)
	}
	return nil
}

// A proof of C2SP tlog-proof, with the entry beside it.
func checkProof(path string, terms []term) (int64, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	head, signed, found := strings.Cut(string(data), "\n\n")
	lines := strings.Split(head, "\n")
	if !found || len(lines) < 3 || lines[0] != "c2sp.org/tlog-proof@v1" {
		return 0, fmt.Errorf("%s: this is no proof", path)
	}
	entry, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(lines[1], "extra "))
	if err != nil {
		return 0, fmt.Errorf("%s: %v", path, err)
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[2], "index "), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s: %v", path, err)
	}
	var proof tlog.RecordProof
	for _, line := range lines[3:] {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return 0, fmt.Errorf("%s: %v", path, err)
		}
		proof = append(proof, hash)
	}
	of, err := openNote(path, []byte(signed), terms, nil)
	if err != nil {
		return 0, err
	}
	if err := tlog.CheckRecord(proof, of.tree.N, of.tree.Hash, index, tlog.RecordHash(entry)); err != nil {
		return 0, fmt.Errorf("%s: %v", path, err)
	}
	return index, nil
}

var errUnsigned = errors.New("it is not signed")

func open(path string, terms []term, by note.Verifier) (checkpoint, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return checkpoint{}, err
	}
	return openNote(path, data, terms, by)
}

// Reads a checkpoint that a key signed which was good for its size, and a witness if one is asked for.
func openNote(path string, data []byte, terms []term, by note.Verifier) (checkpoint, error) {
	lines := strings.Split(string(data), "\n")
	if len(lines) < 4 || lines[3] != "" {
		return checkpoint{}, fmt.Errorf("%s: this is no checkpoint", path)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || strconv.FormatInt(size, 10) != lines[1] {
		return checkpoint{}, fmt.Errorf("%s: this is no size", path)
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return checkpoint{}, fmt.Errorf("%s: %v", path, err)
	}
	var good []note.Verifier
	for _, term := range terms {
		if term.verifier.Name() == lines[0] && term.from <= size && (term.to < 0 || size <= term.to) {
			good = append(good, term.verifier)
		}
	}
	if _, err := note.Open(data, note.VerifierList(good...)); err != nil {
		return checkpoint{}, fmt.Errorf("%s: no key that is good for it signed it: %w", path, err)
	}
	if by != nil {
		if _, err := note.Open(data, note.VerifierList(by)); err != nil {
			var unsigned *note.UnverifiedNoteError
			if errors.As(err, &unsigned) {
				return checkpoint{}, errUnsigned
			}
			return checkpoint{}, fmt.Errorf("%s: %v", path, err)
		}
	}
	return checkpoint{lines[0], tlog.Tree{N: size, Hash: root}}, nil
}

func readKeys(path string) ([]term, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var terms []term
	for _, line := range strings.Split(strings.TrimSuffix(string(data), "\n"), "\n") {
		parts := strings.Split(line, " ")
		if len(parts) != 3 {
			return nil, fmt.Errorf("%s: not a key and two sizes", path)
		}
		verifier, err := note.NewVerifier(parts[0])
		if err != nil {
			return nil, fmt.Errorf("%s: %v", path, err)
		}
		from, err := strconv.ParseInt(parts[1], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("%s: %v", path, err)
		}
		to := int64(-1)
		if parts[2] != "-" {
			if to, err = strconv.ParseInt(parts[2], 10, 64); err != nil {
				return nil, fmt.Errorf("%s: %v", path, err)
			}
		}
		terms = append(terms, term{verifier, from, to})
	}
	return terms, nil
}

// Where an export is read: `tile/LEVEL/NUMBER`, as C2SP tlog-tiles lays it out.
type folder string

func (dir folder) Height() int                     { return height }
func (dir folder) SaveTiles([]tlog.Tile, [][]byte) {}
func (dir folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		data, err := os.ReadFile(filepath.Join(string(dir), tilePath(strconv.Itoa(tile.L), tile)))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

// Go's own path has the height before the level; that of C2SP has it not, for it is always 8.
func tilePath(level string, tile tlog.Tile) string {
	path := tlog.Tile{H: tile.H, L: 0, N: tile.N, W: tile.W}.Path()
	return strings.Replace(path, fmt.Sprintf("tile/%d/0/", height), "tile/"+level+"/", 1)
}

// A key of C2SP tlog-cosignature (type 4), which Go's package does not know: what it signs begins with a time.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func newCosigner(text string) (note.Verifier, error) {
	parts := strings.SplitN(text, "+", 3)
	if len(parts) != 3 {
		return nil, errors.New("this is no key")
	}
	key, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(key) != 33 || key[0] != 4 {
		return nil, errors.New("this is no key of a witness")
	}
	hash := sha256.Sum256(append([]byte(parts[0]+"\n"), key...))
	if fmt.Sprintf("%x", hash[:4]) != parts[1] {
		return nil, errors.New("the key is not the one that its id is of")
	}
	return cosigner{parts[0], binary.BigEndian.Uint32(hash[:]), key[1:]}, nil
}

func (of cosigner) Name() string    { return of.name }
func (of cosigner) KeyHash() uint32 { return of.hash }
func (of cosigner) Verify(text, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	var said bytes.Buffer
	fmt.Fprintf(&said, "cosignature/v1\ntime %d\n%s", binary.BigEndian.Uint64(signature), text)
	return ed25519.Verify(of.key, said.Bytes(), signature[8:])
}

package certificates

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"regexp"
	"slices"
	"strconv"
	"time"
)

// The PDF library takes three things from the wall clock: the creation date, the "modified" date in each embedded font,
// and the subset tag that it derives from the font. stabilize replaces them, so that the same page is the same file.
// It reads only what that library writes (PDF 1.7, one plain xref table, streams without filter) and refuses the rest.

var errShape = errors.New("certificates: unexpected shape of the PDF")

var (
	creationDate = regexp.MustCompile(`/CreationDate\(D:[^)]*\)`)
	fontProgram  = regexp.MustCompile(`/FontFile2 (\d+) 0 R`)
	subsetTag    = regexp.MustCompile(`(/(?:BaseFont|FontName)/)[A-Z]{6}\+`)
	streamLength = regexp.MustCompile(`/Length \d+`)
)

const (
	streamStart = "stream\n"
	streamEnd   = "\nendstream\nendobj\n"
)

// stabilize also compresses the streams and adds the language and the file identifier, which the library leaves out.
func stabilize(raw []byte, created time.Time) ([]byte, error) {
	head, objects, err := splitObjects(raw)
	if err != nil {
		return nil, err
	}
	packer, err := zlib.NewWriterLevel(nil, zlib.BestCompression)
	if err != nil {
		return nil, fmt.Errorf("certificates: compress PDF: %w", err)
	}
	stamp := []byte("/CreationDate(D:" + created.UTC().Format("20060102150405Z") + ")")
	tags := map[string]string{} // number of a font program → its subset tag
	for i, object := range objects {
		dict, stream, isStream := cutStream(object)
		if isStream && isTrueType(stream) {
			if err := resetModified(stream); err != nil {
				return nil, err
			}
			tags[strconv.Itoa(i+1)] = tagOf(stream)
		}
		if isStream {
			objects[i] = deflate(packer, dict, stream)
		}
	}
	for i, object := range objects {
		if !bytes.HasSuffix(object, []byte(streamEnd)) {
			objects[i] = restamp(object, stamp, tags)
		}
	}
	return joinObjects(head, objects), nil
}

// restamp renames the subsets in a font object, dates the information object and completes the catalog.
func restamp(object, stamp []byte, tags map[string]string) []byte {
	object = creationDate.ReplaceAll(object, stamp)
	object = bytes.Replace(object, []byte("<</Type/Catalog"),
		[]byte("<</Type/Catalog/Lang(fa-IR)/ViewerPreferences<</DisplayDocTitle true>>"), 1)
	if program := fontProgram.FindSubmatch(object); program != nil {
		object = subsetTag.ReplaceAll(object, []byte("${1}"+tags[string(program[1])]+"+"))
	}
	return object
}

// splitObjects gives the file's first lines and its objects in the order of their numbers, by the xref table.
func splitObjects(raw []byte) (head []byte, objects [][]byte, err error) {
	const entry = 20 // bytes of one line of the table (ISO 32000-1 §7.5.4)
	table := bytes.LastIndex(raw, []byte("\nxref\n0 ")) + 1
	number, lines, _ := bytes.Cut(bytes.TrimPrefix(raw[table:], []byte("xref\n0 ")), []byte("\n"))
	count, err := strconv.Atoi(string(number))
	if err != nil || count < 2 || count > len(lines)/entry {
		return nil, nil, errShape
	}
	starts := make([]int, 0, count)
	for number := 1; number < count; number++ {
		start, err := strconv.Atoi(string(lines[number*entry : number*entry+10]))
		if err != nil || start < 0 || start >= table || !bytes.HasPrefix(raw[start:], fmt.Appendf(nil, "%d 0 obj\n", number)) {
			return nil, nil, errShape
		}
		starts = append(starts, start)
	}
	ends := append(slices.Sorted(slices.Values(starts)), table)
	for _, start := range starts {
		next, _ := slices.BinarySearch(ends, start+1)
		objects = append(objects, bytes.Clone(raw[start:ends[next]]))
	}
	return raw[:ends[0]], objects, nil
}

// joinObjects writes the file again with its table and trailer; the file identifier is a digest of the objects.
func joinObjects(head []byte, objects [][]byte) []byte {
	out := bytes.NewBuffer(bytes.Clone(head))
	var table bytes.Buffer
	fmt.Fprintf(&table, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, object := range objects {
		fmt.Fprintf(&table, "%010d 00000 n \n", out.Len())
		out.Write(object)
	}
	digest := sha256.Sum256(out.Bytes())
	start := out.Len()
	out.Write(table.Bytes())
	fmt.Fprintf(out, "trailer\n<</Root 1 0 R/Info 2 0 R/Size %d/ID[<%x><%x>]>>\nstartxref\n%d\n%%%%EOF\n",
		len(objects)+1, digest[:16], digest[:16], start)
	return out.Bytes()
}

// cutStream parts a stream object into what stands before the keyword and its data.
func cutStream(object []byte) (dict, stream []byte, found bool) {
	body, found := bytes.CutSuffix(object, []byte(streamEnd))
	if !found {
		return nil, nil, false
	}
	return bytes.Cut(body, []byte(streamStart))
}

// deflate makes a compressed stream object of an uncompressed one.
func deflate(packer *zlib.Writer, dict, stream []byte) []byte {
	var packed bytes.Buffer
	packer.Reset(&packed)
	_, _ = packer.Write(stream) // a bytes.Buffer takes everything
	_ = packer.Close()
	object := streamLength.ReplaceAll(dict, fmt.Appendf(nil, "/Filter/FlateDecode/Length %d", packed.Len()))
	object = append(append(object, streamStart...), packed.Bytes()...)
	return append(object, streamEnd...)
}

func isTrueType(stream []byte) bool {
	return len(stream) >= 12 && bytes.HasPrefix(stream, []byte{0, 1, 0, 0})
}

// tagOf is six capital letters that depend on the font program alone: some printers cache fonts by name.
func tagOf(program []byte) string {
	const letters = 26
	sum := crc32.ChecksumIEEE(program)
	var tag [6]byte
	for i := range tag {
		tag[i] = 'A' + byte(sum%letters)
		sum /= letters
	}
	return string(tag[:])
}

// resetModified sets the date in the font's head table to zero and mends the two checksums that cover it (OpenType 1.9,
// "Calculating checksums" and "head").
func resetModified(program []byte) error {
	const directory, record, adjustment, modified, size = 12, 16, 8, 28, 54
	tables := int(binary.BigEndian.Uint16(program[4:]))
	if len(program) < directory+tables*record {
		return errShape
	}
	for i := range tables {
		entry := program[directory+i*record:]
		if string(entry[:4]) != "head" {
			continue
		}
		at := int(binary.BigEndian.Uint32(entry[8:]))
		if at+size > len(program) {
			return errShape
		}
		head := program[at:]
		change := -binary.BigEndian.Uint32(head[modified:]) - binary.BigEndian.Uint32(head[modified+4:])
		clear(head[modified : modified+8])
		binary.BigEndian.PutUint32(entry[4:], binary.BigEndian.Uint32(entry[4:])+change)
		binary.BigEndian.PutUint32(head[adjustment:], binary.BigEndian.Uint32(head[adjustment:])-2*change)
		return nil
	}
	return errShape
}

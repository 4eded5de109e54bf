package municipalities

import (
	"bytes"
	"encoding/base64"
	"errors"
	"image/png"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"mofasa/tenants/csvimport"
	"mofasa/tenants/fault"
)

// What is wrong in a pack.
var (
	// ErrPack says that a pack is wrong; its fields say where.
	ErrPack         = fault.Define(fault.Invalid, "municipality_pack", "بستهٔ شهرداری ایراد دارد.", "The municipality's pack is wrong.")
	errPackSyntax   = fault.Define(fault.Invalid, "pack_syntax", "متن خواندنی نیست: یک سند YAML بی‌لنگر و بی‌ارجاع لازم است.", "The text is not readable: one YAML document without anchors is needed.")
	errPackField    = fault.Define(fault.Invalid, "pack_field_unknown", "چنین فیلدی نیست.", "There is no such field.")
	errPackMissing  = fault.Define(fault.Invalid, "pack_field_missing", "این فیلد باید باشد.", "This field is needed.")
	errPackRepeated = fault.Define(fault.Invalid, "pack_repeated", "دو بار آمده است.", "It is named twice.")
	errPackType     = fault.Define(fault.Invalid, "pack_type", "نوع مقدار درست نیست.", "The value has the wrong type.")
	errPackRange    = fault.Define(fault.Invalid, "pack_range", "عدد بیرون از بازهٔ مجاز است.", "The number is out of range.")
	errPackText     = fault.Define(fault.Invalid, "pack_text", "متن تهی، بیش از اندازه بلند یا دارای نویسهٔ ناروا است.", "The text is empty, too long, or has a forbidden character.")
	errPackLogo     = fault.Define(fault.Invalid, "pack_logo",
		"نشان باید یک تصویر PNG سالم، حداکثر ۶۴ کیلوبایت و ۱۰۲۴ پیکسل، به صورت base64 باشد.", "The logo must be an intact PNG of at most 64 KiB and 1024 pixels a side, in base64.")
	// ErrCharge says that an account stands under a name that is no charge.
	ErrCharge = fault.Define(fault.Invalid, "pack_charge", "چنین ردیف عوارضی نیست.", "There is no such charge.")
	// ErrTariff says that the tariff part cannot be read at all.
	ErrTariff    = fault.Define(fault.Invalid, "pack_tariff", "بخش تعرفه خواندنی نیست.", "The tariff part is not readable.")
	errPackTwice = fault.Define(fault.Conflict, "pack_code_twice", "بستهٔ دیگری در همین پوشه همین کد را دارد.", "Another pack of the same run has this code.")
)

// name is a short name in Persian spelling, without blanks at its ends.
func name(cell string) (string, error) {
	if cell != strings.TrimSpace(cell) {
		return "", errPackText
	}
	value, err := csvimport.Name(cell)
	if err != nil {
		return "", errPackText
	}
	return value, nil
}

// longestProse bounds a text, in characters.
const longestProse = 20_000

// prose is a text of many lines.
func prose(text string) (string, error) {
	forbidden := func(c rune) bool {
		return unicode.IsControl(c) && c != '\n' && c != '\t' || c == unicode.ReplacementChar
	}
	if utf8.RuneCountInString(text) > longestProse || strings.IndexFunc(text, forbidden) >= 0 {
		return "", errPackText
	}
	return text, nil
}

// required is prose that says something.
func required(text string) (string, error) {
	if strings.TrimSpace(text) == "" {
		return "", errPackText
	}
	return prose(text)
}

var chargeName = regexp.MustCompile(`^(\*|[a-z][a-z_]{0,39})$`)

func charge(key string) (string, error) {
	if !chargeName.MatchString(key) {
		return "", ErrCharge
	}
	return key, nil
}

// The largest logo.
const (
	mostLogo   = 64 << 10 // bytes
	mostPixels = 1024     // a side
)

// picture is a whole PNG in base64 of one line.
func picture(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	text = strings.Join(strings.Fields(text), "")
	if len(text) > base64.StdEncoding.EncodedLen(mostLogo) {
		return "", errPackLogo
	}
	body, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(body) > mostLogo {
		return "", errPackLogo.Because(err)
	}
	if err := intact(body); err != nil {
		return "", errPackLogo.Because(err)
	}
	return text, nil
}

// intact decodes the picture only after its size is known, so that a small file cannot become a large one.
func intact(body []byte) error {
	head, err := png.DecodeConfig(bytes.NewReader(body))
	if err != nil {
		return err
	}
	if head.Width > mostPixels || head.Height > mostPixels {
		return errors.New("too many pixels")
	}
	_, err = png.Decode(bytes.NewReader(body))
	return err
}

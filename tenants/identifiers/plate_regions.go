package identifiers

import (
	"fmt"
	"strconv"
	"strings"
)

// TehranOrAlborz is the answer for the motorcycle regions that the two provinces share.
const TehranOrAlborz = "تهران یا البرز"

// carProvinces lists the two-digit regions by province (Traffic Police). Where published lists disagree, this is the reading
// by county: 45 is Kerman, not Yazd; 21, 30 and 38 are Tehran; 32 is Razavi Khorasan; 78 is Alborz.
var carProvinces = byRegion(map[string]string{
	"تهران":               "10 11 20 21 22 30 33 38 40 44 50 55 60 66 70 77 80 88 90 99",
	"البرز":               "68 78",
	"خراسان رضوی":         "12 32 36 42 74",
	"خراسان شمالی":        "26",
	"خراسان جنوبی":        "52",
	"اصفهان":              "13 23 43 53 67",
	"خوزستان":             "14 24 34",
	"آذربایجان شرقی":      "15 25 35",
	"آذربایجان غربی":      "17 27 37",
	"قم":                  "16",
	"همدان":               "18 28",
	"کرمانشاه":            "19 29 39",
	"لرستان":              "31 41",
	"کرمان":               "45 65 75",
	"گیلان":               "46 56 76",
	"مرکزی":               "47 57",
	"بوشهر":               "48 58",
	"کهگیلویه و بویراحمد": "49",
	"کردستان":             "51 61",
	"یزد":                 "54 64",
	"گلستان":              "59 69",
	"مازندران":            "62 72 82 92",
	"فارس":                "63 73 83 93",
	"چهارمحال و بختیاری":  "71 81",
	"قزوین":               "79 89",
	"هرمزگان":             "84 94",
	"سیستان و بلوچستان":   "85 95",
	"سمنان":               "86 96",
	"زنجان":               "87 97",
	"اردبیل":              "91",
	"ایلام":               "98",
})

// motorcycleProvinces lists the three-digit regions by province.
var motorcycleProvinces = byRegion(map[string]string{
	"تهران":               "111-138",
	TehranOrAlborz:        "319 321-324",
	"آذربایجان غربی":      "371-377",
	"آذربایجان شرقی":      "391-397",
	"اردبیل":              "442 443",
	"کردستان":             "461 462",
	"زنجان":               "479 481 482",
	"همدان":               "498 499 511",
	"کرمانشاه":            "514-517",
	"قزوین":               "523-525",
	"مرکزی":               "531-535",
	"لرستان":              "538-543",
	"ایلام":               "547",
	"چهارمحال و بختیاری":  "555",
	"خوزستان":             "561-569",
	"کهگیلویه و بویراحمد": "571",
	"گیلان":               "578 579 581 582",
	"مازندران":            "586-589",
	"گلستان":              "596 597",
	"قم":                  "611-614",
	"یزد":                 "637-639 641-643",
	"فارس":                "687-689 691-697",
	"سمنان":               "751-753",
	"خراسان رضوی":         "761-769 771-777",
	"خراسان شمالی":        "779 781",
	"خراسان جنوبی":        "791 792",
	"کرمان":               "812-817",
	"سیستان و بلوچستان":   "819 821-823",
	"بوشهر":               "827-829 831",
	"هرمزگان":             "835-839",
})

// byRegion turns lists of regions and ranges into a look-up; it panics at start-up where a table contradicts itself.
func byRegion(provinces map[string]string) map[string]string {
	out := map[string]string{}
	for province, list := range provinces {
		for _, span := range strings.Fields(list) {
			first, last, ranged := strings.Cut(span, "-")
			if !ranged {
				last = first
			}
			for n := mustAtoi(first); n <= mustAtoi(last); n++ {
				region := strconv.Itoa(n)
				if other, taken := out[region]; taken {
					panic(fmt.Sprintf("identifiers: region %s is in %s and in %s", region, other, province))
				}
				out[region] = province
			}
		}
	}
	return out
}

func mustAtoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		panic(err)
	}
	return n
}

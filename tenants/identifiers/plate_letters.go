package identifiers

// Category is the use that the letter of a car's plate declares; a stable code for storage and API.
type Category string

// The categories, each with the letters that declare it (Traffic Police, national plate of 1384 and later).
const (
	Private      Category = "private"       // ب ج د س ص ط ق ل م ن و ه ی, and every motorcycle
	Government   Category = "government"    // الف
	Taxi         Category = "taxi"          // ت
	Public       Category = "public"        // ع, goods and passengers for hire
	Agricultural Category = "agricultural"  // ک
	Temporary    Category = "temporary"     // گ, in transit
	Disabled     Category = "disabled"      // ژ, the disabled and veterans
	Police       Category = "police"        // پ
	IRGC         Category = "irgc"          // ث
	Army         Category = "army"          // ش
	Defence      Category = "defence"       // ز, Ministry of Defence
	GeneralStaff Category = "general_staff" // ف
	Diplomat     Category = "diplomat"      // D
	Service      Category = "service"       // S, embassies' service cars
	Protocol     Category = "protocol"      // تشریفات
)

var categoryNames = map[Category]string{
	Private:      "شخصی",
	Government:   "دولتی",
	Taxi:         "تاکسی",
	Public:       "حمل و نقل عمومی",
	Agricultural: "کشاورزی",
	Temporary:    "گذر موقت",
	Disabled:     "معلولان و جانبازان",
	Police:       "پلیس",
	IRGC:         "سپاه",
	Army:         "ارتش",
	Defence:      "وزارت دفاع",
	GeneralStaff: "ستاد کل نیروهای مسلح",
	Diplomat:     "دیپلمات",
	Service:      "خدمات سفارت",
	Protocol:     "تشریفات",
}

// Fa is the category's Persian name, empty for an unknown category.
func (c Category) Fa() string { return categoryNames[c] }

// plateLetters maps the canonical letter to its category.
var plateLetters = map[string]Category{
	"ب": Private, "ج": Private, "د": Private, "س": Private, "ص": Private, "ط": Private, "ق": Private,
	"ل": Private, "م": Private, "ن": Private, "و": Private, "ه": Private, "ی": Private,
	"الف": Government, "ت": Taxi, "ع": Public, "ک": Agricultural, "گ": Temporary, "ژ": Disabled,
	"پ": Police, "ث": IRGC, "ش": Army, "ز": Defence, "ف": GeneralStaff,
	"D": Diplomat, "S": Service, "تشریفات": Protocol,
}

// plateLetter gives the canonical letter for a folded writing of it.
func plateLetter(folded string) (string, bool) {
	switch folded {
	case "ا":
		return "الف", true
	case "d":
		return "D", true
	case "s":
		return "S", true
	}
	_, known := plateLetters[folded]
	return folded, known
}

"""The demo's people and companies. All of them are invented."""

from __future__ import annotations

from dataclasses import dataclass

# Which intake a team came with.
NEWER, OLDER, INCU_TECH = "newer", "older", "incu_tech"


@dataclass(frozen=True)
class Somebody:
    """A demo person before they have an id."""

    name: str
    other_name: str
    title: str
    role: str = "member"
    language: str = ""

    @property
    def unix_name(self) -> str:
        """Given and family name without a title, as a lab's accounts are often called."""
        given, _, family = self.name.removeprefix("Dr ").removeprefix("Prof ").rpartition(" ")
        return f"{given.replace('-', '')}.{family}".lower()


@dataclass(frozen=True)
class Team:
    """A demo start-up with its members."""

    name: str
    other_name: str
    batch: str
    about: str
    members: tuple[Somebody, ...]

    @property
    def mail_domain(self) -> str:
        """A domain that can never receive mail (RFC 2606)."""
        return self.name.lower().replace(" ", "-") + ".example"


def _team(name: str, other_name: str, batch: str, about: str, *members: str) -> Team:
    titles = ("Founder, CEO", "Founder, CTO", "ML engineer", "Research engineer", "Product designer")
    people = []
    for title, member in zip(titles, members, strict=False):
        person, _, rest = member.partition("|")
        chinese, _, language = rest.partition("|")
        people.append(Somebody(person, chinese, title, "member", language))
    return Team(name, other_name, batch, about, tuple(people))


TEAMS = (
    _team(
        "Lumen Vision", "流明視覺", NEWER, "Small vision models that read chest X-rays on a clinic's own PC.",
        "Mei Chan|陳美", "Kenji Lam|林健司", "Priya Nair|", "Hin Yeung|楊軒|zh_Hant", "Zoe Fung|馮卓兒",
    ),
    _team(
        "Harbour Speech", "海港語音", NEWER, "Cantonese speech recognition for hearing aids.",
        "Ka-yan Lau|劉家欣|zh_Hant", "Tsz-ho Cheng|鄭子豪", "Marco Bianchi|", "Suki Leung|梁淑琪",
    ),
    _team(
        "Typhoon Grid", "風網科技", NEWER, "Forecasts that keep the power grid ahead of typhoons.",
        "Victor Ng|吳偉德", "Wing-sze Ho|何詠詩|zh_Hant", "Arjun Mehta|", "Chi-kit Poon|潘志傑",
    ),
    _team(
        "Paper Lantern", "紙燈籠", NEWER, "Reads old Chinese land deeds and ledgers, brush strokes included.",
        "Sabrina Tse|謝詩敏", "Yuen Kwok|郭源|zh_Hant", "Hoi-lam Mak|麥海琳", "Daniel Weiss|",
    ),
    _team(
        "Pier Nine Robotics", "九號碼頭機械人", NEWER, "Robots that sort parcels with one camera.",
        "Jason Yip|葉俊生", "Mandy Szeto|司徒敏", "Rahul Iyer|", "Lok-yi Tam|譚樂怡",
    ),
    _team(
        "Dragonback Maps", "龍脊地圖", NEWER, "Finds hillside cracks in drone pictures before the rain does.",
        "Elaine Kwan|關綺玲", "Tin-long Siu|蕭天朗|zh_Hant", "Ji-woo Park|", "Nicole Au|區樂兒",
    ),
    _team(
        "Tram Ledger", "電車帳", NEWER, "Bookkeeping by language model for shops with a shoebox of receipts.",
        "Patrick Ip|葉柏德", "Xinyi Zhou|周欣怡|zh_Hans", "Miguel Santos|", "Carmen Ma|馬嘉雯",
    ),
    _team(
        "Quiet Kidney", "靜腎醫療", NEWER, "Warns of kidney failure from routine blood tests.",
        "Dr Irene Chow|周綺文", "Kelvin Tong|唐啟文", "Haruka Sato|", "Wai-man Luk|陸慧敏|zh_Hant",
    ),
    _team(
        "Monsoon Agents", "季風智能", OLDER, "Agents that fill in trade documents for small exporters.",
        "Samuel Hui|許森", "Bowen Li|李博文|zh_Hans", "Anita Rao|", "Phoebe Chiu|趙霏",
    ),
    _team(
        "Fishball Labs", "魚蛋實驗室", OLDER, "Tests restaurants' recipes with simulated guests.",
        "Gigi Lo|盧芷晴", "Terence Fan|范德倫", "Ho-yin Wan|溫浩然|zh_Hant", "Olga Petrova|",
    ),
    _team(
        "Clearwater Audio", "清水音訊", OLDER, "Takes the air conditioner out of every recording.",
        "Bosco Yuen|袁博", "Natalie Shum|沈樂", "Emil Novak|", "Yat-long Kam|甘逸朗",
    ),
    _team(
        "Bamboo Scaffold AI", "竹棚智能", OLDER, "Checks building sites for loose scaffolding.",
        "Ringo Cheuk|卓榮高", "Charlotte Mui|梅嘉儀", "Ting Hau|侯婷|zh_Hant", "Omar Farouk|",
    ),
    _team(
        "Night Ferry", "夜渡", OLDER, "Plans crews and routes for ferries and night buses.",
        "Ronald Lui|呂榮", "Vivian Sin|冼慧芯", "Siddharth Menon|", "Man-hei Tsui|徐文熙",
    ),
    _team(
        "Osmanthus Bio", "桂花生物", OLDER, "Protein design for enzymes that eat plastic.",
        "Dr Grace Yu|余恩", "Yifan Wu|吳一凡|zh_Hans", "Lena Hoffmann|", "Chun-wai Fok|霍振威",
    ),
    _team(
        "Peak Learning", "山頂學習", INCU_TECH, "A patient mathematics tutor in three languages.",
        "Winnie Choi|蔡詠", "Alan Hung|洪亞倫", "Deepa Krishnan|", "Shu-fan Pang|彭樹芬",
    ),
    _team(
        "Red Minibus", "紅小巴", INCU_TECH, "Predicts when the next minibus really comes.",
        "Dickson Mok|莫迪臣", "Kit-ying Yau|邱潔瑩|zh_Hant", "Tomasz Zielinski|",
    ),
    _team(
        "Tidewater Claims", "潮水理賠", INCU_TECH, "Reads insurance claims and finds what is missing.",
        "Fiona Tang|鄧芳", "Wesley Sung|宋偉", "Jia Liang|梁佳|zh_Hans",
    ),
    _team(
        "Stone Slab Search", "石板搜尋", INCU_TECH, "Search inside engineering drawings.",
        "Horace Lai|黎浩", "Minnie Chung|鍾敏", "Ravi Shankaran|",
    ),
    _team(
        "Ginger Milk", "薑汁撞奶", INCU_TECH, "Talks with grandparents, and notices when they stop.",
        "Teresa Lee|李德蘭", "Kwok-keung Ngai|魏國強|zh_Hant", "Hannah Kim|",
    ),
    _team(
        "Kite String", "風箏線", INCU_TECH, "Keeps drones steady between high buildings.",
        "Eric Kong|江逸", "Joyce Wat|屈祖兒",
    ),
)  # fmt: skip

MENTORS = (
    Somebody("Prof Helena Cheung", "張海倫", "Mentor, machine learning", "mentor"),
    Somebody("Stanley Kwok", "郭士丹", "Mentor, fund raising", "mentor"),
    Somebody("Amara Okafor", "", "Mentor, health care", "mentor"),
    Somebody("Raymond Tsang", "曾文", "Mentor, patents", "mentor"),
    Somebody("Liu Yang", "劉洋", "Mentor, GPU programming", "mentor", "zh_Hans"),
    Somebody("Isabel Moreno", "", "Mentor, product", "mentor"),
)
STAFF = (
    Somebody("Ada Wong", "黃雅達", "Programme manager", "staff"),
    Somebody("Benny Chow", "周本立", "Systems engineer", "staff"),
    Somebody("Cecilia Ho", "何詩雅", "Events", "staff", "zh_Hant"),
    Somebody("Gordon Leung", "梁國棟", "Director", "staff"),
    Somebody("Sunita Gurung", "", "Front desk", "staff"),
)
STEWARD = Somebody("Sam Hou", "侯森", "Steward at events", "steward")
VISITORS = (
    Somebody("Wai-ling Ko", "高慧玲", "Investor", "visitor", "zh_Hant"),
    Somebody("James Aldridge", "", "Investor", "visitor"),
    Somebody("Yuki Tanaka", "", "Journalist", "visitor"),
    Somebody("Zhang Min", "張敏", "Visiting researcher", "visitor", "zh_Hans"),
)

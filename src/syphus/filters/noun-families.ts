// Nouns that may stand for each other when an answer is held against an annotation: who is called a girl in a caption is a
// child and a person, a poodle is a dog and an animal; but a zebra is no dog. A family is one line; a word may be in several.

/** Each line is a family. Where it has a colon, those behind it may be called by those in front of it, and the other way about. */
const FAMILIES = `
person man woman boy girl child kid people guy lady gentleman adult baby toddler teenager individual somebody human male female player rider skier snowboarder surfer skateboarder batter pitcher catcher umpire chef cook waiter worker tourist pedestrian passenger driver audience spectator crowd group couple friend family mother father parent student teacher officer policeman
animal creature pet herd flock: dog puppy cat kitten horse pony cow bull calf sheep lamb goat bird elephant bear zebra giraffe
dog puppy pup
cat kitten
horse pony foal
cow bull calf cattle
sheep lamb
bird: duck goose pigeon seagull gull parrot swan owl eagle chicken hen rooster
seagull gull
chicken hen rooster
duck goose swan
vehicle traffic: car automobile truck lorry van bus motorcycle motorbike bike scooter train tram boat ship airplane taxi cab
car automobile taxi cab van truck lorry
bicycle bike cycle
motorcycle motorbike bike scooter
airplane plane aeroplane aircraft jet airliner
train locomotive tram railway rail track
boat ship canoe kayak sailboat yacht vessel ferry
couch sofa settee loveseat
chair seat stool armchair bench furniture
table desk counter countertop furniture
television tv screen monitor display
laptop computer notebook pc macbook
phone cellphone smartphone telephone mobile
refrigerator fridge freezer appliance
oven stove microwave cooker appliance
cup mug glass drink beverage
plate dish bowl tray
food meal dish snack lunch dinner breakfast: fruit vegetable pizza sandwich cake donut hot-dog salad meat bread dessert apple orange banana
cake dessert donut
fruit: apple orange banana
donut doughnut pastry
bag handbag backpack purse suitcase luggage briefcase
road street lane highway avenue pavement path sidewalk crosswalk intersection
field grass lawn meadow pasture ground grassland
sea ocean water lake river pond wave beach shore coast sand
mountain hill slope snow
forest wood tree plant bush leaf
house home building structure skyscraper tower church shop store
room kitchen bedroom bathroom living-room office
toilet lavatory restroom bathroom
sink basin washbasin
light lamp lantern traffic-light
sign signpost signal stop-sign
ball: baseball football basketball soccer tennis
racket racquet
hat cap helmet
clothes clothing outfit uniform suit: shirt t-shirt top jacket coat sweater dress skirt trousers pants jeans shorts
shirt t-shirt top sweater
jacket coat
trousers pants jeans shorts
shoe boot sneaker footwear
picture photo photograph painting image portrait
book magazine newspaper
toy: doll teddy-bear teddy bear
teddy-bear teddy bear
hand arm finger
face head eye mouth smile hair
umbrella parasol
cutlery utensil silverware: knife fork spoon
`

/** Words that every picture, or talk about one, has. */
const COMMON = `
picture image photo photograph scene video clip frame moment view background foreground setting environment area place space spot part
side left right top bottom middle center centre front back corner edge end beginning start direction distance position location
thing object item something anything nothing kind type sort example way manner case reason purpose fact idea question answer difference change similarity
color colour shape size number amount total pair group set row line bit lot variety range mix
day night morning afternoon evening time second minute hour year while today
activity action event task situation atmosphere mood feeling emotion sense impression attention interest fun enjoyment experience
person people human body look appearance name word one other rest presence absence detail
red orange yellow green blue purple pink brown black white grey gray
`

const wordsOf = (text: string) => text.split(/\s+/).filter((word) => word !== '')

const families = new Map<string, Set<string>>()
const relate = (word: string, others: readonly string[]) => {
  const family = families.get(word) ?? new Set([word])
  for (const other of others) family.add(other)
  families.set(word, family)
}
for (const line of FAMILIES.trim().split('\n')) {
  const [heads = [], members = []] = line.split(':').map(wordsOf)
  for (const head of heads) relate(head, [...heads, ...members])
  for (const member of members) relate(member, heads)
}

/** Nouns that say nothing that would have to be seen. */
export const commonNouns: ReadonlySet<string> = new Set(wordsOf(COMMON))

/** A noun with those that may stand for it. */
export const familyOf = (noun: string): ReadonlySet<string> => families.get(noun) ?? new Set([noun])

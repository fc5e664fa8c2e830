// The categories of COCO as people write of them. Two things hang on it: a thing is only said to be absent where no word
// of any caption can mean it, and is only counted where words and boxes agree.

/** What is known of a category. */
export interface Thing {
  readonly name: string
  readonly plural: string
  /** Whoever labels pictures may take these for it, or it for them; itself is one of them. */
  readonly confusedWith: ReadonlySet<string>
  /** Large or odd enough that nobody overlooks it: its absence can be told. */
  readonly conspicuous: boolean
  /** `vehicle`, `animal` ... */
  readonly family: string
  /** Words that mean one of it, and several, beside its own name. */
  readonly words: readonly string[]
  readonly pluralWords: readonly string[]
  /** Words that may mean it: who says that it is not there must not have met one. */
  readonly hints: readonly string[]
}

/** name / plural / words that mean one | words that mean several | words that may mean it. `_` is a blank. */
const NAMES = `
person/people/man woman boy girl child kid baby toddler lady guy male female player batter pitcher catcher umpire surfer skier snowboarder skateboarder skater rider cyclist biker worker chef cook waiter officer policeman soldier pedestrian passenger tourist bride groom someone individual adult student athlete performer spectator mother father|men women boys girls children kids babies ladies guys males females players surfers skiers snowboarders skateboarders skaters riders cyclists bikers workers chefs officers soldiers pedestrians passengers tourists individuals adults students athletes spectators friends couple crowd persons|fan customer driver pilot mom dad son daughter friend human he she his her him hand face head body fans customers humans family families audience team group they their them folks elders others hands faces heads
bicycle/bicycles/bike|bikes|cycle cycles
car/cars/van taxi suv sedan jeep automobile|vans taxis automobiles|cab vehicle minivan hatchback cabs suvs vehicles traffic
motorcycle/motorcycles/motorbike moped scooter|motorbikes mopeds scooters|bike chopper bikes
airplane/airplanes/plane aircraft jet airliner jetliner biplane|planes jets airliners jetliners|biplanes
bus/buses/|busses|coach trolley coaches
train/trains/subway locomotive tram|trams|trolley streetcar railway metro railroad tracks engine subways locomotives
truck/trucks/pickup|pickups|lorry trailer van semi firetruck vehicle lorries trailers vehicles traffic
boat/boats/ship yacht sailboat canoe kayak ferry|ships yachts sailboats canoes kayaks|raft vessel gondola barge dinghy ferries rafts vessels gondolas
traffic light/traffic lights/stoplight|stoplights|signal light signals lights
fire hydrant/fire hydrants/hydrant|hydrants|
stop sign/stop signs/||sign signs
parking meter/parking meters/meter|meters|
bench/benches/||seat pew seats pews
bird/birds/duck goose seagull pigeon parrot parakeet canary owl eagle swan chicken peacock|ducks geese seagulls pigeons parrots owls|gull hawk rooster hen ostrich penguin crow sparrow flamingo pelican heron gulls parakeets eagles swans chickens penguins crows flock
cat/cats/kitten kitty|kittens|feline kitties
dog/dogs/puppy lab retriever|puppies|pup poodle terrier hound bulldog dachshund collie pups
horse/horses/pony foal|ponies|colt mare stallion donkey mule donkeys mules
sheep/sheep/lamb|lambs|ram ewe goat rams goats flock
cow/cows/bull calf|bulls calves cattle|ox steer bison buffalo oxen buffalo
elephant/elephants/||
bear/bears/panda|pandas|cub grizzly cubs
zebra/zebras/|zebra|
giraffe/giraffes/||
backpack/backpacks/||bag knapsack rucksack bags luggage
umbrella/umbrellas/parasol|parasols|canopy
handbag/handbags/purse|purses|bag tote bags
tie/ties/||necktie suit neckties suits
suitcase/suitcases/luggage|trunks|trunk baggage bag briefcase bags
frisbee/frisbees/||disc disk discs disks
skis/skis/skiing skier ski|skiers|
snowboard/snowboards/snowboarder snowboarding|snowboards|board boards
sports ball/sports balls/ball baseball basketball football|balls|volleyball tennis soccer
kite/kites/||
baseball bat/baseball bats/bat|bats|
baseball glove/baseball gloves/glove mitt|gloves|mitts
skateboard/skateboards/skateboarder skateboarding||board skate boards
surfboard/surfboards/surfer surfing|surfers|board surf boards
tennis racket/tennis rackets/racket racquet|rackets racquets|tennis
bottle/bottles/||
wine glass/wine glasses/||glass wine glasses
cup/cups/mug|mugs|glass coffee tea drink beverage soda glasses drinks
fork/forks/||utensil cutlery silverware utensils
knife/knives/||utensil cutlery silverware blade utensils
spoon/spoons/||utensil cutlery silverware ladle spatula utensils
bowl/bowls/||dish container dishes containers
banana/bananas/||fruit fruits
apple/apples/||fruit fruits
sandwich/sandwiches/burger hamburger|burgers hamburgers|sub hoagie wrap panini toast
orange/oranges/||fruit tangerine grapefruit citrus mandarin fruits
broccoli/broccoli/||vegetable salad greens vegetables veggies
carrot/carrots/||vegetable salad vegetables veggies
hot dog/hot dogs/hotdog|hotdogs|sausage frankfurter sausages
pizza/pizzas/||slice calzone slices
donut/donuts/doughnut|doughnuts|pastry dessert pastries desserts
cake/cakes/||cupcake pastry dessert pie cheesecake cupcakes pastries desserts
chair/chairs/||seat stool armchair recliner seating furniture seats stools armchairs
couch/couches/sofa|sofas|loveseat futon furniture
potted plant/potted plants/houseplant|houseplants|plant flower tree bush flowerpot planter plants flowers planters
bed/beds/||mattress bunk mattresses bunks
dining table/dining tables/table|tables|desk counter desks
toilet/toilets/commode||urinal bidet restroom urinals
tv/TVs/television|televisions|screen monitor screens monitors
laptop/laptops/||computer notebook macbook computers
mouse/computer mice/||computer mice
remote/remotes/||controller wii control controllers controls
keyboard/keyboards/||computer piano computers
cell phone/cell phones/phone cellphone smartphone|phones cellphones|mobile telephone smartphones
microwave/microwaves/||appliance appliances
oven/ovens/stove|stoves|range cooker appliance burner appliances
toaster/toasters/||appliance appliances
sink/sinks/||basin washbasin faucet basins
refrigerator/refrigerators/fridge|fridges|freezer appliance appliances
book/books/||magazine novel textbook notebook magazines novels notebooks bookshelf
clock/clocks/||watch watches
vase/vases/||pot jar urn pitcher pots jars
scissors/pairs of scissors/||shears
teddy bear/teddy bears/teddy stuffed_bear|teddies|stuffed bear doll toy plush bears dolls toys
hair drier/hair driers/||dryer drier blowdryer hairdryer dryers
toothbrush/toothbrushes/||brush brushes
`

const FAMILIES = `
vehicle: bicycle, car, motorcycle, airplane, bus, train, truck, boat
street: traffic light, fire hydrant, stop sign, parking meter, bench
animal: bird, cat, dog, horse, sheep, cow, elephant, bear, zebra, giraffe
accessory: backpack, umbrella, handbag, tie, suitcase
sport: frisbee, skis, snowboard, sports ball, kite, baseball bat, baseball glove, skateboard, surfboard, tennis racket
kitchen: bottle, wine glass, cup, fork, knife, spoon, bowl
food: banana, apple, sandwich, orange, broccoli, carrot, hot dog, pizza, donut, cake
furniture: chair, couch, potted plant, bed, dining table, toilet
electronic: tv, laptop, mouse, remote, keyboard, cell phone
appliance: microwave, oven, toaster, sink, refrigerator
indoor: book, clock, vase, scissors, teddy bear, hair drier, toothbrush
`

/** A word for a family, which may mean any of it. */
const FAMILY_WORDS: Readonly<Record<string, readonly string[]>> = {
  vehicle: ['vehicle', 'vehicles', 'transportation'],
  street: ['signs', 'sign'],
  animal: ['animal', 'animals', 'herd', 'livestock', 'pet', 'pets', 'creature', 'creatures', 'wildlife', 'toys'],
  accessory: ['luggage', 'belongings', 'accessories', 'bags'],
  sport: ['equipment', 'gear', 'sports'],
  kitchen: ['dishes', 'tableware', 'cutlery', 'silverware', 'utensils', 'setting', 'settings', 'items', 'clutter'],
  food: [
    'food',
    'foods',
    'fruit',
    'fruits',
    'meal',
    'dinner',
    'lunch',
    'breakfast',
    'snack',
    'snacks',
    'dessert',
  ].concat(['desserts', 'vegetables', 'treats', 'dish', 'plate', 'plates', 'sweets', 'pastries', 'buffet']),
  furniture: ['furniture'],
  electronic: ['electronics', 'computer', 'computers', 'devices', 'gadgets', 'items'],
  appliance: ['appliance', 'appliances', 'items'],
  indoor: ['items', 'toys', 'decorations', 'clutter', 'things'],
}

const CONFUSED = `
car, truck, bus, train / couch, chair, bed, bench / dining table, bench / cup, wine glass, bowl, vase, bottle
banana, apple, orange, carrot / sandwich, hot dog, pizza / donut, cake, bowl / sheep, cow, horse, dog / dog, cat, bear, sheep
bear, teddy bear / skis, snowboard / skateboard, surfboard, snowboard / backpack, handbag, suitcase / tv, laptop, microwave
oven, microwave, toaster / sink, toilet, bowl / fork, knife, spoon / bicycle, motorcycle / kite, umbrella, frisbee
sports ball, orange, apple / potted plant, vase, broccoli / remote, cell phone, mouse / keyboard, laptop / refrigerator, microwave
clock, parking meter / airplane, kite, boat / tie, person / zebra, horse, giraffe / stop sign, traffic light
`

/** Large ones, and ones that are at home in few places. */
const CONSPICUOUS = new Set(
  `airplane, bus, train, boat, motorcycle, fire hydrant, stop sign, parking meter, cat, dog, horse, sheep, cow, elephant, bear,
zebra, giraffe, umbrella, skis, snowboard, surfboard, skateboard, tennis racket, kite, baseball bat, pizza, cake, hot dog, donut,
couch, bed, toilet, refrigerator, laptop, teddy bear, bicycle, oven`.split(/,\s*/),
)

const list = (text: string) => text.split(/,\s*/).map((name) => name.trim())
const words = (text = '') =>
  text
    .split(/\s+/)
    .filter((word) => word !== '')
    .map((word) => word.replace(/_/g, ' '))

const confused = CONFUSED.trim()
  .split(/\n|\s\/\s/)
  .map(list)
const families = new Map(
  FAMILIES.trim()
    .split('\n')
    .flatMap((line) => {
      const [family = '', names = ''] = line.split(': ')
      return list(names).map((name) => [name, family] as const)
    }),
)

/** Every category by name. */
export const things: ReadonlyMap<string, Thing> = new Map(
  NAMES.trim()
    .split('\n')
    .map((line) => {
      const [name = '', plural = '', further = ''] = line.split('/')
      const [one, several, hints] = further.split('|')
      const confusedWith = new Set(confused.filter((set) => set.includes(name)).flat())
      const family = families.get(name) ?? name
      const conspicuous = CONSPICUOUS.has(name)
      const known = {
        name,
        plural,
        family,
        conspicuous,
        words: words(one),
        pluralWords: words(several),
        hints: words(hints),
      }
      return [name, { ...known, confusedWith: confusedWith.add(name) }] as const
    }),
)

/** Words that may mean anything of a family. */
export const familyWords = (family: string): readonly string[] => FAMILY_WORDS[family] ?? []

/** What people say for a category, where they do not say its name. */
const SAID: Readonly<Record<string, string>> = {
  scissors: 'pair of scissors',
  mouse: 'computer mouse',
  tv: 'TV',
  'dining table': 'table',
  'sports ball': 'ball',
  'hair drier': 'hair dryer',
  'potted plant': 'plant',
  'cell phone': 'phone',
}

/** `dog`, `table` (of a dining table). */
export const nounOf = ({ name }: Thing): string => SAID[name] ?? name

/** `a dog`, `an umbrella`, `skis`. */
export function aThing(thing: Thing): string {
  const noun = nounOf(thing)
  if (isMass(thing)) return noun
  return `${/^[aeiou]/i.test(noun) ? 'an' : 'a'} ${noun}`
}

/** `the dog` */
export const theThing = (thing: Thing): string => `the ${nounOf(thing)}`

/** `dogs`, `tables` */
export const severalOf = ({ name, plural }: Thing): string =>
  name === 'dining table' ? 'tables' : name === 'sports ball' ? 'balls' : name === 'potted plant' ? 'plants' : plural

/** Whether one of it is not spoken of with `a`. */
export const isMass = ({ name }: Thing) => name === 'skis' || name === 'broccoli'

/** `is`, or `are` of what has no singular. */
export const isOrAre = ({ name }: Thing) => (name === 'skis' ? 'are' : 'is')

// Writes the pairs of docs/syphus.md that stand beside their pictures: made by rule, forty of them drawn by a seed, and only of
// pictures whose licence lets them be copied. Usage: node scripts/syphus-pairs.js <directory of COCO> (annotations/, images/)
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { keyWords } from '../dist/base/random.js'
import { openDataset, runSyphus } from '../dist/index.js'

const PAIRS = 40
const SEED = 7
const WIDTH = 320
/** Licences of COCO by which a picture may be copied and made smaller. */
const FREE = new Map([
  [4, ['CC BY 2.0', 'https://creativecommons.org/licenses/by/2.0/']],
  [5, ['CC BY-SA 2.0', 'https://creativecommons.org/licenses/by-sa/2.0/']],
])
const [BEGIN, END] = ['<!-- pairs: begin -->', '<!-- pairs: end -->']

const coco = process.argv[2]
const annotations = ['captions', 'instances'].map((name) => join(coco, `annotations/${name}_train2017.json`))
const { images } = JSON.parse(readFileSync(annotations[0], 'utf8'))
const free = new Map(images.filter(({ license }) => FREE.has(license)).map((image) => [image.id, image]))

const scratch = mkdtempSync(join(tmpdir(), 'syphus-pairs-'))
const out = join(scratch, 'dataset')
await runSyphus({ annotations, images: join(coco, 'images'), task: 'visual-qa', out })
const dataset = await openDataset(out)
const pairs = []
for (let row = 0; row < dataset.manifest.tables.pairs.rows; row++) pairs.push(await dataset.pair(row))
const numberOf = ({ mediaIds }) => Number(mediaIds[0].slice('LA_IMG_'.length))
const drawn = pairs
  .filter((pair) => free.has(numberOf(pair)))
  .sort((a, b) => keyWords('docs', SEED, a.id)[0] - keyWords('docs', SEED, b.id)[0])
  .slice(0, PAIRS)

mkdirSync('docs/syphus', { recursive: true })
const sections = []
for (const number of [...new Set(drawn.map(numberOf))].sort((a, b) => a - b)) {
  const { flickr_url, license, file_name } = free.get(number)
  const [name, address] = FREE.get(license)
  const own = drawn.filter((pair) => numberOf(pair) === number).sort((a, b) => (a.id < b.id ? -1 : 1))
  const file = `docs/syphus/${file_name}`
  writeFileSync(
    file,
    await sharp(join(coco, 'images', file_name))
      .resize(WIDTH)
      .jpeg({ quality: 78 })
      .toBuffer(),
  )
  sections.push(
    [
      `![COCO ${number}](syphus/${file_name})`,
      '',
      `[${flickr_url}](${flickr_url}), [${name}](${address}), made smaller`,
      '',
      ...own.map(({ instruction, response }) => `- ${instruction} **${response}**`),
    ].join('\n'),
  )
}
await dataset.close()
rmSync(scratch, { recursive: true })

const page = readFileSync('docs/syphus.md', 'utf8')
const [before] = page.split(BEGIN)
const after = page.slice(page.indexOf(END))
writeFileSync('docs/syphus.md', `${before}${BEGIN}\n\n${sections.join('\n\n')}\n\n${after}`)
process.stdout.write(`${drawn.length} pairs beside ${sections.length} pictures\n`)

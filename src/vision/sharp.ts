// sharp, set up once: no cache, one thread a picture. Several pictures in flight beat any other setting.
import sharp from 'sharp'

sharp.cache(false)
sharp.concurrency(1)

export { sharp }

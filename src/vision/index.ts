// Pictures: from bytes to the pixels of a model.
// What `import … from 'mimicit/vision'` gives; what is not listed here may change in any release.
export { createPictureDecoder, type PictureDecoder, type PictureDecoderOptions } from './decoder.js'
export { PIXEL_LAYOUTS, type PixelLayout } from './layout.js'
export {
  type Normalisation,
  type NormalisationName,
  normalisations,
  type PixelFormat,
  type PixelValues,
  type PixelWriter,
  pixelWriter,
} from './normalise.js'
export { type Box, type Transform, type TransformName, type TransformPlan, transforms } from './transforms.js'

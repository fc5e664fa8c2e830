// The Otter model: configurations, weights, answers.
// What `import … from 'mimicit/otter'` gives; what is not listed here may change in any release.
export { type Answer, answerQuery, type Question } from './answer.js'
export { type OtterConfig, parseOtterConfig } from './config.js'
export { type Decoding, type GenerateOptions, generate } from './generate.js'
export { createOtter, type Otter, type OtterOptions, type OtterOutput } from './model.js'
export { countParameters, type ParameterCount } from './parameter-count.js'
export { type PresetName, presetConfig, presets } from './presets.js'
export { type Purpose, type Room, roomFor } from './room.js'
export type { Trainable } from './trainable.js'
export {
  type ConvertedWeights,
  type ConvertOptions,
  convertWeights,
  type OutputScheme,
} from './weights/convert.js'
export { describeWeights, type PartFacts, type TensorFacts, type WeightsFacts } from './weights/describe.js'
export type { DType, WritableDType } from './weights/dtypes.js'
export type { LoadReport, ResizedRows } from './weights/fit.js'
export { type LoadOptions, loadWeightFiles, loadWeights, stateDict } from './weights/load.js'
export { type OpenedOtter, type OpenOtterOptions, openOtter } from './weights/open-otter.js'
export { openWeights, type StoredTensor, type Weights } from './weights/open-weights.js'
export type { RowRange } from './weights/place.js'
export { readSafeTensors, type StateDict, writeSafeTensors } from './weights/safetensors.js'
export { type SaveOptions, saveWeights } from './weights/save.js'
export type { WriteOptions, WrittenWeights, WrittenWeightsFile } from './weights/write-weights.js'

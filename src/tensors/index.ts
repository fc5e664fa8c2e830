// The seam to the tensor library: which backend, and how it is started.
// What `import … from 'mimicit/tensors'` gives; what is not listed here may change in any release.
export { type BackendName, backendNames, chooseBackend, type TensorBackend } from './backend.js'

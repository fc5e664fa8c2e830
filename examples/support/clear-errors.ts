// What goes wrong in an example is told as the command line tells it: the code and the message of an error, and no stack, unless
// it is a fault of the example or of mimicit.
import { isMimicitError } from 'mimicit/base'

process.on('uncaughtException', (error) => {
  console.error(isMimicitError(error) ? `${error.code}: ${error.message}` : error)
  process.exit(1)
})

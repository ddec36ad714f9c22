// A room of its own, imported where a policy file is read or written. Named again here because a CommonJS package that is
// imported lazily gives a split bundle its default export alone.
export {type Document, isMap, isScalar, LineCounter, parseDocument, stringify, visit} from 'yaml'

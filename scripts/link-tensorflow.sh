#!/bin/sh
# Builds the binding of @tensorflow/tfjs-node or tfjs-node-gpu against the TensorFlow of a Python wheel.
# usage: link-tensorflow.sh <site-packages/tensorflow> <node_modules/@tensorflow/tfjs-node[-gpu]>
set -eu
[ $# -eq 2 ] || { echo 'usage: link-tensorflow.sh <tensorflow of a wheel> <package of tfjs-node>' >&2; exit 2; }
wheel=$(cd "$1" && pwd)
package=$(cd "$2" && pwd)
for file in "$wheel/include" "$wheel/libtensorflow_cc.so.2" "$wheel/libtensorflow_framework.so.2" "$package/binding.gyp"; do
  [ -e "$file" ] || { echo "not found: $file" >&2; exit 1; }
done
rm -rf "$package/deps"
mkdir -p "$package/deps/lib"
cp -r "$wheel/include" "$package/deps/include"
ln -s "$wheel/libtensorflow_cc.so.2" "$package/deps/lib/libtensorflow.so"
ln -s "$wheel/libtensorflow_framework.so.2" "$package/deps/lib/libtensorflow_framework.so"
# The binding asks for the libraries by the names that the wheel gives them.
ln -s "$wheel/libtensorflow_cc.so.2" "$package/deps/lib/libtensorflow_cc.so.2"
ln -s "$wheel/libtensorflow_framework.so.2" "$package/deps/lib/libtensorflow_framework.so.2"
cd "$package"
npx node-gyp rebuild --module_name=tfjs_binding --module_path="$package/lib/napi-v8"
echo "built $package/lib/napi-v8/tfjs_binding.node against $wheel"

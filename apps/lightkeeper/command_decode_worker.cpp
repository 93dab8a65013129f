// lightkeeper decode-worker: not for people. The sandboxed child that src/decode starts to decode
// pictures.
#include "command.hpp"
#include "decode/decoder.hpp"

namespace lightkeeper::cli {

void add_decode_worker_command(CLI::App& root, int& exit_code) {
  auto* worker = root.add_subcommand("decode-worker", "Started by Lightkeeper itself");
  worker->group("");  // not in the help
  worker->callback([&exit_code] { exit_code = decode::run_decode_worker(); });
}

}  // namespace lightkeeper::cli

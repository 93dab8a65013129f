// The formats of frank v1: content, context, payload, attachment descriptor. What parses encodes to
// the same bytes.
#include <cstdlib>

#include "core/franking/frank.hpp"

namespace lk = lightkeeper;
namespace fr = lightkeeper::franking;

namespace {

void same(const lk::Bytes& again, lk::BytesView bytes) {
  if (!std::equal(again.begin(), again.end(), bytes.begin(), bytes.end())) {
    std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || !lk::crypto::initialise()) {
    return 0;
  }
  const lk::BytesView bytes(data + 1, size - 1);
  switch (data[0] % 5) {
    case 0:
      if (const auto content = fr::decode_content(bytes)) {
        same(fr::encode(*content).value(), bytes);
      }
      break;
    case 1:
      if (const auto context = fr::decode_context(bytes)) {
        same(fr::encode(*context), bytes);
      }
      break;
    case 2:
      if (const auto payload = fr::decode_payload(bytes)) {
        same(fr::encode(*payload), bytes);
        // The commitment fits, so everything behind it is reached, too.
        const auto content = fr::decode_content(payload->content);
        const fr::Context context{0,
                                  content ? content->sender : lk::AccountId{},
                                  content ? content->conversation : lk::ConversationId{},
                                  {},
                                  {},
                                  {}};
        const bool shown = fr::open_message(bytes, fr::commit(payload->key, payload->content),
                                            context, context.sender, context.conversation)
                               .has_value();
        if (shown != content.has_value()) {
          std::abort();
        }
      }
      break;
    case 3:
      if (const auto descriptor = fr::decode_descriptor(bytes)) {
        same(fr::encode(*descriptor).value(), bytes);
      }
      break;
    default: {
      fr::AttachmentDescriptor descriptor;
      descriptor.plaintext_size = size;
      if (fr::open_attachment(descriptor, bytes)) {
        std::abort();
      }
    }
  }
  return 0;
}

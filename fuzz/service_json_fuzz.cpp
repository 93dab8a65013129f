// Every body and socket message that the service's API reads.
#include "service/routes/requests.hpp"

using namespace lightkeeper;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) {
    return 0;
  }
  const BytesView body(data + 1, size - 1);
  switch (data[0] % 15) {
    case 0:
      (void)routes::parse_new_account(body);
      break;
    case 1:
      (void)routes::parse_registration_options(body);
      break;
    case 2:
      (void)routes::parse_assertion_options(body);
      break;
    case 3:
      (void)routes::parse_sign_in(body);
      break;
    case 4:
      (void)routes::parse_device(body);
      break;
    case 5:
      (void)routes::parse_key_packages(body);
      break;
    case 6:
      (void)routes::parse_conversation(body);
      break;
    case 7:
      (void)routes::parse_message(ConversationId{}, body);
      break;
    case 8:
      (void)routes::parse_commit(ConversationId{}, body);
      break;
    case 9:
      (void)routes::parse_stamp_check(body);
      break;
    case 10:
      (void)routes::parse_report(body);
      break;
    case 11:
      (void)routes::parse_appeal(body);
      break;
    case 12:
      (void)routes::parse_socket_message(body);
      break;
    case 13:
      (void)routes::parse_vouch(body);
      break;
    default:
      (void)routes::parse_leaving(ConversationId{}, body);
  }
  return 0;
}

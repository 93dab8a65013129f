// The bodies of the API, read into the rooms' own types. Pure: bytes in, a request or an error out.
#pragma once

#include <optional>
#include <variant>

#include "service/accounts/accounts.hpp"
#include "service/cases/cases.hpp"
#include "service/messaging/messaging.hpp"

namespace lightkeeper::routes {

struct NewAccountRequest {
  std::string code, name;
  std::variant<std::string, accounts::RegistrationAnswer> proof;  // password or passkey
};
struct RegistrationOptionsRequest {
  std::string code, name;
};
struct SignInRequest {
  std::string name;
  std::variant<std::string, accounts::AssertionAnswer> proof;
};
struct DeviceRequest {
  Bytes signature_key;
  std::string name;
};
struct StampCheckRequest {
  franking::Commitment commitment{};
  Bytes context;
  franking::Stamp stamp{};
};
struct Hello {
  std::string token;
};
struct Acknowledgement {
  std::uint64_t event = 0;
};
using SocketMessage = std::variant<Hello, Acknowledgement>;

[[nodiscard]] Result<NewAccountRequest> parse_new_account(BytesView body);
[[nodiscard]] Result<RegistrationOptionsRequest> parse_registration_options(BytesView body);
/// The name.
[[nodiscard]] Result<std::string> parse_assertion_options(BytesView body);
[[nodiscard]] Result<SignInRequest> parse_sign_in(BytesView body);
[[nodiscard]] Result<DeviceRequest> parse_device(BytesView body);
[[nodiscard]] Result<crypto::Signature> parse_vouch(BytesView body);
[[nodiscard]] Result<messaging::Leaving> parse_leaving(const ConversationId& conversation,
                                                       BytesView body);
[[nodiscard]] Result<std::vector<Bytes>> parse_key_packages(BytesView body);
[[nodiscard]] Result<messaging::NewConversation> parse_conversation(BytesView body);
/// The conversation is in the path.
[[nodiscard]] Result<messaging::NewMessage> parse_message(const ConversationId& conversation,
                                                          BytesView body);
[[nodiscard]] Result<messaging::NewCommit> parse_commit(const ConversationId& conversation,
                                                        BytesView body);
[[nodiscard]] Result<StampCheckRequest> parse_stamp_check(BytesView body);
[[nodiscard]] Result<cases::NewReport> parse_report(BytesView body);
/// The words of an objection.
[[nodiscard]] Result<std::string> parse_appeal(BytesView body);
[[nodiscard]] Result<SocketMessage> parse_socket_message(BytesView text);
/// No body, or an empty object.
[[nodiscard]] Status parse_nothing(BytesView body);

}  // namespace lightkeeper::routes

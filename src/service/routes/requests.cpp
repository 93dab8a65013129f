#include "service/routes/requests.hpp"

#include <algorithm>

#include "service/routes/fields.hpp"

namespace lightkeeper::routes {

namespace {

constexpr std::size_t kMaxCode = 64;
constexpr std::size_t kMaxName = 64;
constexpr std::uint64_t kMaxEpoch = 1ULL << 53;  // what JSON numbers carry exactly

Result<std::string> client_id(Fields& fields) {
  LK_TRY(id, fields.text("client_id", 1, messaging::kMaxClientId));
  const bool plain = std::ranges::all_of(id, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
  if (!plain) {
    return fail(ErrorCode::bad_json, "request",
                "field 'client_id' has letters, digits, _ and - only");
  }
  return id;
}

Result<accounts::RegistrationAnswer> registration_answer(Fields fields) {
  LK_TRY(challenge, fields.text("challenge_id", 32, 32));
  LK_TRY(challenge_bytes, from_hex(challenge));
  LK_TRY(challenge_id, to_array<16>(challenge_bytes));
  LK_TRY(credential, fields.bytes("credential_id_b64", 1, accounts::kMaxCredentialId));
  LK_TRY(client_data, fields.bytes("client_data_json_b64", 1, accounts::kMaxClientData));
  LK_TRY(attestation, fields.bytes("attestation_object_b64", 1, accounts::kMaxAttestation));
  LK_CHECK_OK(fields.finish());
  return accounts::RegistrationAnswer{challenge_id, std::move(credential), std::move(client_data),
                                      std::move(attestation)};
}

Result<accounts::AssertionAnswer> assertion_answer(Fields fields) {
  LK_TRY(challenge, fields.text("challenge_id", 32, 32));
  LK_TRY(challenge_bytes, from_hex(challenge));
  LK_TRY(challenge_id, to_array<16>(challenge_bytes));
  LK_TRY(credential, fields.bytes("credential_id_b64", 1, accounts::kMaxCredentialId));
  LK_TRY(client_data, fields.bytes("client_data_json_b64", 1, accounts::kMaxClientData));
  LK_TRY(data, fields.bytes("authenticator_data_b64", 1, accounts::kMaxAttestation));
  LK_TRY(signature, fields.bytes("signature_b64", 1, 512));
  LK_CHECK_OK(fields.finish());
  return accounts::AssertionAnswer{challenge_id, std::move(credential), std::move(client_data),
                                   std::move(data), std::move(signature)};
}

/// Exactly one of the two proofs.
Status check_proofs(const Fields& fields) {
  if (fields.has("password") == fields.has("passkey")) {
    return fail(ErrorCode::bad_json, "request", "either 'password' or 'passkey' has to be there");
  }
  return {};
}

}  // namespace

Result<NewAccountRequest> parse_new_account(BytesView body) {
  LK_TRY(fields, Fields::parse(body));
  LK_TRY(code, fields.text("code", 1, kMaxCode));
  LK_TRY(name, fields.text("name", 1, kMaxName));
  LK_CHECK_OK(check_proofs(fields));
  NewAccountRequest out{std::move(code), std::move(name), {}};
  if (fields.has("password")) {
    LK_TRY(password, fields.text("password", 0, accounts::kMaxPassword));
    out.proof = std::move(password);
  } else {
    LK_TRY(passkey, fields.object("passkey"));
    LK_TRY(answer, registration_answer(std::move(passkey)));
    out.proof = std::move(answer);
  }
  // A null twin counts as absent; ask for it so that finish() does not call it unknown.
  (void)fields.optional_text("password", accounts::kMaxPassword);
  (void)fields.optional_text("passkey", 0);
  LK_CHECK_OK(fields.finish());
  return out;
}

Result<RegistrationOptionsRequest> parse_registration_options(BytesView body) {
  LK_TRY(fields, Fields::parse(body));
  LK_TRY(code, fields.text("code", 1, kMaxCode));
  LK_TRY(name, fields.text("name", 1, kMaxName));
  LK_CHECK_OK(fields.finish());
  return RegistrationOptionsRequest{std::move(code), std::move(name)};
}

Result<std::string> parse_assertion_options(BytesView body) {
  LK_TRY(fields, Fields::parse(body));
  LK_TRY(name, fields.text("name", 1, kMaxName));
  LK_CHECK_OK(fields.finish());
  return name;
}

Result<SignInRequest> parse_sign_in(BytesView body) {
  LK_TRY(fields, Fields::parse(body));
  LK_TRY(name, fields.text("name", 1, kMaxName));
  LK_CHECK_OK(check_proofs(fields));
  SignInRequest out{std::move(name), {}};
  if (fields.has("password")) {
    LK_TRY(password, fields.text("password", 0, accounts::kMaxPassword));
    out.proof = std::move(password);
  } else {
    LK_TRY(passkey, fields.object("passkey"));
    LK_TRY(answer, assertion_answer(std::move(passkey)));
    out.proof = std::move(answer);
  }
  (void)fields.optional_text("password", accounts::kMaxPassword);
  (void)fields.optional_text("passkey", 0);
  LK_CHECK_OK(fields.finish());
  return out;
}

Result<DeviceRequest> parse_device(BytesView body) {
  LK_TRY(fields, Fields::parse(body));
  LK_TRY(key, fields.bytes("signature_key_b64", 1, 256));
  LK_TRY(name, fields.optional_text("name", messaging::kMaxDeviceName));
  LK_CHECK_OK(fields.finish());
  return DeviceRequest{std::move(key), name.value_or(std::string())};
}

Result<crypto::Signature> parse_vouch(BytesView body) {
  LK_TRY(fields, Fields::parse(body));
  LK_TRY(signature, fields.array<64>("signature_b64"));
  LK_CHECK_OK(fields.finish());
  return signature;
}

Result<messaging::Leaving> parse_leaving(const ConversationId& conversation, BytesView body) {
  LK_TRY(fields, Fields::parse(body));
  LK_TRY(id, client_id(fields));
  LK_TRY(mls, fields.bytes("mls_b64", 1, messaging::kMaxMlsBytes));
  LK_CHECK_OK(fields.finish());
  return messaging::Leaving{conversation, std::move(id), std::move(mls)};
}

Result<std::vector<Bytes>> parse_key_packages(BytesView body) {
  LK_TRY(fields, Fields::parse(body));
  LK_TRY(packages, fields.many_bytes("key_packages_b64", 1, messaging::kMaxKeyPackage,
                                     messaging::kMaxKeyPackages));
  LK_CHECK_OK(fields.finish());
  return packages;
}

Result<messaging::NewConversation> parse_conversation(BytesView body) {
  LK_TRY(fields, Fields::parse(body));
  messaging::NewConversation out;
  LK_TRY(conversation, fields.id<ConversationId>("conversation"));
  LK_TRY(kind, fields.text("kind", 1, 16));
  LK_TRY(members, fields.ids<AccountId>("members", messaging::kMaxMembers));
  LK_TRY(id, client_id(fields));
  LK_TRY(epoch, fields.number("epoch", kMaxEpoch));
  if (fields.has("welcome_b64")) {
    LK_TRY(welcome, fields.bytes("welcome_b64", 0, messaging::kMaxMlsBytes));
    out.welcome = std::move(welcome);
  }
  (void)fields.optional_text("welcome_b64", messaging::kMaxMlsBytes * 2);
  LK_CHECK_OK(fields.finish());
  if (kind != "direct" && kind != "group") {
    return fail(ErrorCode::bad_json, "request", "field 'kind' is direct or group");
  }
  out.conversation = conversation;
  out.kind =
      kind == "direct" ? messaging::ConversationKind::direct : messaging::ConversationKind::group;
  out.members = std::move(members);
  out.client_id = std::move(id);
  out.epoch = epoch;
  return out;
}

Result<messaging::NewMessage> parse_message(const ConversationId& conversation, BytesView body) {
  LK_TRY(fields, Fields::parse(body));
  LK_TRY(id, client_id(fields));
  LK_TRY(mls, fields.bytes("mls_b64", 1, messaging::kMaxMlsBytes));
  LK_TRY(commitment, fields.array<32>("commitment_b64"));
  messaging::NewMessage out{conversation, std::move(id), std::move(mls), commitment};
  if (fields.has("epoch")) {
    LK_TRY(epoch, fields.number("epoch", kMaxEpoch));
    out.epoch = epoch;
  }
  (void)fields.optional_text("epoch", 0);
  LK_CHECK_OK(fields.finish());
  return out;
}

Result<messaging::NewCommit> parse_commit(const ConversationId& conversation, BytesView body) {
  LK_TRY(fields, Fields::parse(body));
  messaging::NewCommit out;
  out.conversation = conversation;
  LK_TRY(id, client_id(fields));
  LK_TRY(epoch, fields.number("epoch", kMaxEpoch));
  LK_TRY(mls, fields.bytes("mls_b64", 1, messaging::kMaxMlsBytes));
  if (fields.has("welcome_b64")) {
    LK_TRY(welcome, fields.bytes("welcome_b64", 0, messaging::kMaxMlsBytes));
    out.welcome = std::move(welcome);
  }
  if (fields.has("new_members")) {
    LK_TRY(members, fields.ids<AccountId>("new_members", messaging::kMaxMembers));
    out.new_members = std::move(members);
  }
  if (fields.has("new_devices")) {
    LK_TRY(devices, fields.ids<messaging::DeviceId>("new_devices", messaging::kMaxDevices));
    out.new_devices = std::move(devices);
  }
  if (fields.has("removed_members")) {
    LK_TRY(removed, fields.ids<AccountId>("removed_members", messaging::kMaxMembers));
    out.removed_members = std::move(removed);
  }
  (void)fields.optional_text("welcome_b64", messaging::kMaxMlsBytes * 2);
  (void)fields.optional_text("new_members", 0);
  (void)fields.optional_text("new_devices", 0);
  (void)fields.optional_text("removed_members", 0);
  LK_CHECK_OK(fields.finish());
  out.client_id = std::move(id);
  out.epoch = epoch;
  out.mls = std::move(mls);
  return out;
}

Result<StampCheckRequest> parse_stamp_check(BytesView body) {
  LK_TRY(fields, Fields::parse(body));
  LK_TRY(commitment, fields.array<32>("commitment_b64"));
  LK_TRY(context, fields.bytes("context_b64", 0, cases::kMaxReportedContext));
  LK_TRY(stamp, fields.array<32>("stamp_b64"));
  LK_CHECK_OK(fields.finish());
  return StampCheckRequest{commitment, std::move(context), stamp};
}

Result<cases::NewReport> parse_report(BytesView body) {
  LK_TRY(fields, Fields::parse(body));
  cases::NewReport out;
  LK_TRY(id, client_id(fields));
  LK_TRY(reason_name, fields.text("reason", 1, 32));
  LK_TRY(harm, cases::harm_from_name(reason_name));
  LK_TRY(note, fields.text("note", 0, cases::kMaxNote));
  LK_TRY(alleged, fields.id<AccountId>("alleged"));
  LK_TRY(messages, fields.objects("messages", cases::kMaxReportedMessages));
  LK_TRY(statement, fields.optional_text("statement", cases::kMaxNote));
  bool minor = false;
  if (fields.has("minor")) {
    LK_TRY(said, fields.flag("minor"));
    minor = said;
  }
  std::uint32_t indicators = 0;
  if (fields.has("indicators")) {
    LK_TRY(names, fields.texts("indicators", 32, cases::kIndicators.size()));
    for (const auto& name : names) {
      LK_TRY(indicator, cases::indicator_from_name(name));
      indicators |= 1U << static_cast<unsigned>(indicator);
    }
  }
  (void)fields.optional_text("minor", 0);  // null counts as absent
  (void)fields.optional_text("indicators", 0);
  LK_CHECK_OK(fields.finish());
  for (auto& message : messages) {
    cases::ReportedItem item;
    LK_TRY(content, message.bytes("content_b64", 0, franking::kMaxContentSize));
    LK_TRY(key, message.array<32>("opening_key_b64"));
    LK_TRY(context, message.bytes("context_b64", 0, cases::kMaxReportedContext));
    LK_TRY(stamp, message.array<32>("stamp_b64"));
    LK_CHECK_OK(message.finish());
    item.content = std::move(content);
    item.opening_key.bytes = key;
    item.context = std::move(context);
    item.stamp = stamp;
    out.messages.push_back(std::move(item));
  }
  out.client_id = std::move(id);
  out.harm = harm;
  out.minor_side = minor;
  out.indicators = indicators;
  out.note = std::move(note);
  out.alleged = alleged;
  // An empty text field of a form is no statement.
  out.statement = statement && !statement->empty() ? std::move(statement) : std::nullopt;
  return out;
}

Result<std::string> parse_appeal(BytesView body) {
  LK_TRY(fields, Fields::parse(body));
  LK_TRY(words, fields.text("words", 1, cases::kMaxAppealWords));
  LK_CHECK_OK(fields.finish());
  return words;
}

Result<SocketMessage> parse_socket_message(BytesView text) {
  if (text.size() > 4096) {
    return fail(ErrorCode::too_large, "request");
  }
  LK_TRY(fields, Fields::parse(text));
  LK_TRY(type, fields.text("type", 1, 16));
  if (type == "hello") {
    LK_TRY(token, fields.text("token", 1, 128));
    LK_CHECK_OK(fields.finish());
    return Hello{std::move(token)};
  }
  if (type == "ack") {
    LK_TRY(event, fields.number("event", 1ULL << 53U));
    LK_CHECK_OK(fields.finish());
    return Acknowledgement{event};
  }
  return fail(ErrorCode::bad_json, "request", "field 'type' is hello or ack");
}

Status parse_nothing(BytesView body) {
  if (body.empty()) {
    return {};
  }
  LK_TRY(fields, Fields::parse(body));
  return fields.finish();
}

}  // namespace lightkeeper::routes

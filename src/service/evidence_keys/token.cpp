#include "service/evidence_keys/token.hpp"

#include <dlfcn.h>
#include <sys/stat.h>

#include <algorithm>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <p11-kit/pkcs11.h>

#include "core/base/codec.hpp"
#include "service/store/files.hpp"

namespace lightkeeper::evidence_keys {

namespace {

constexpr std::string_view kWhere = "evidence_token";
constexpr std::size_t kNonce = 12;
constexpr CK_ULONG kTagBits = 128;
constexpr std::size_t kMaxSlots = 256;
constexpr std::size_t kMaxPin = 256;

std::unexpected<Error> unusable(std::string detail) {
  return fail(ErrorCode::bad_configuration, kWhere, std::move(detail));
}
std::unexpected<Error> silent() {
  return fail(ErrorCode::unavailable, kWhere, "the token does not answer");
}

/// PKCS#11 takes pointers to what it only reads as pointers to what it might write.
CK_BYTE_PTR pointer(BytesView bytes) { return const_cast<CK_BYTE_PTR>(bytes.data()); }
CK_ULONG size_of(BytesView bytes) { return static_cast<CK_ULONG>(bytes.size()); }

/// A loaded module. PKCS#11 is initialised once a process, so all users of a module share it.
class Module {
 public:
  static Result<std::shared_ptr<Module>> load(const std::filesystem::path& path) {
    static std::mutex mutex;
    static std::map<std::filesystem::path, std::weak_ptr<Module>> loaded;
    const std::scoped_lock lock(mutex);
    if (auto known = loaded[path].lock()) {
      return known;
    }
    void* library = ::dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) {
      return unusable("the PKCS#11 module cannot be loaded");
    }
    const auto get_list =
        reinterpret_cast<CK_C_GetFunctionList>(::dlsym(library, "C_GetFunctionList"));
    CK_FUNCTION_LIST_PTR functions = nullptr;
    if (get_list == nullptr || get_list(&functions) != CKR_OK || functions == nullptr) {
      ::dlclose(library);
      return unusable("this file is not a PKCS#11 module");
    }
    auto module = std::make_shared<Module>(functions);
    if (!module->initialise()) {
      return unusable("the PKCS#11 module does not start");
    }
    loaded[path] = module;
    return module;
  }
  explicit Module(CK_FUNCTION_LIST_PTR functions) : functions_(functions) {}
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;
  // The library stays loaded: modules do not expect to be unloaded while threads end.
  ~Module() {
    if (ours_) {
      functions_->C_Finalize(nullptr);
    }
  }
  /// Also after somebody else in this process has ended it.
  bool initialise() {
    CK_C_INITIALIZE_ARGS arguments{};
    arguments.flags = CKF_OS_LOCKING_OK;
    const auto code = functions_->C_Initialize(&arguments);
    ours_ = ours_ || code == CKR_OK;
    return code == CKR_OK || code == CKR_CRYPTOKI_ALREADY_INITIALIZED;
  }
  CK_FUNCTION_LIST_PTR operator->() const { return functions_; }

 private:
  CK_FUNCTION_LIST_PTR functions_;
  bool ours_ = false;
};

Result<SecretBytes> read_pin(const std::filesystem::path& file) {
  struct stat facts{};
  if (::stat(file.c_str(), &facts) != 0 || !S_ISREG(facts.st_mode)) {
    return unusable("the PIN file cannot be read");
  }
  if ((facts.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    return unusable("the PIN file may be read by others; run chmod 600 on it");
  }
  auto bytes = store::read_file(file, kMaxPin);
  if (!bytes) {
    return unusable("the PIN file cannot be read");
  }
  while (!bytes->empty() && (bytes->back() == '\n' || bytes->back() == '\r')) {
    bytes->pop_back();
  }
  if (bytes->empty()) {
    return unusable("the PIN file is empty");
  }
  return SecretBytes(*std::move(bytes));
}

/// Codes after which a new session and login may help.
bool is_lost(CK_RV code) {
  switch (code) {
    case CKR_CRYPTOKI_NOT_INITIALIZED:
    case CKR_SESSION_HANDLE_INVALID:
    case CKR_SESSION_CLOSED:
    case CKR_USER_NOT_LOGGED_IN:
    case CKR_KEY_HANDLE_INVALID:
    case CKR_OBJECT_HANDLE_INVALID:
    case CKR_TOKEN_NOT_PRESENT:
    case CKR_TOKEN_NOT_RECOGNIZED:
    case CKR_SLOT_ID_INVALID:
    case CKR_DEVICE_REMOVED:
    case CKR_DEVICE_ERROR:
    case CKR_GENERAL_ERROR:
    case CKR_FUNCTION_FAILED:
      return true;
    default:
      return false;
  }
}

/// One session, logged in; opened anew when it was lost. Not thread-safe by itself.
class Session {
 public:
  Session(TokenSettings settings, std::shared_ptr<Module> module, SecretBytes pin)
      : settings_(std::move(settings)), module_(std::move(module)), pin_(std::move(pin)) {}
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() { close(); }

  static Result<std::unique_ptr<Session>> open(const TokenSettings& settings) {
    LK_TRY(pin, read_pin(settings.pin_file));
    LK_TRY(module, Module::load(settings.module));
    auto session = std::make_unique<Session>(settings, std::move(module), std::move(pin));
    LK_CHECK_OK(session->ensure());
    return session;
  }

  Module& module() { return *module_; }
  [[nodiscard]] CK_SESSION_HANDLE handle() const { return *handle_; }

  Status ensure() {
    if (handle_) {
      return {};
    }
    if (pin_refused_) {
      return unusable("the token refuses the PIN");
    }
    if (!module_->initialise()) {
      return silent();
    }
    LK_TRY(slot, find_slot());
    CK_SESSION_HANDLE handle = 0;
    if ((*module_)->C_OpenSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION, nullptr, nullptr,
                                  &handle) != CKR_OK) {
      return silent();
    }
    handle_ = handle;
    const auto pin = pin_.expose_secret();
    const auto code = (*module_)->C_Login(handle, CKU_USER, pointer(pin), size_of(pin));
    if (code == CKR_OK || code == CKR_USER_ALREADY_LOGGED_IN) {
      return {};
    }
    close();
    if (code == CKR_PIN_INCORRECT || code == CKR_PIN_INVALID || code == CKR_PIN_LEN_RANGE ||
        code == CKR_PIN_LOCKED || code == CKR_PIN_EXPIRED) {
      pin_refused_ = true;
      return unusable("the token refuses the PIN");
    }
    return silent();
  }

  void close() {
    if (handle_) {
      (*module_)->C_CloseSession(*handle_);
      handle_.reset();
    }
  }

  /// Secret AES keys with our label.
  Result<std::vector<CK_OBJECT_HANDLE>> keys() {
    CK_OBJECT_CLASS object_class = CKO_SECRET_KEY;
    CK_KEY_TYPE type = CKK_AES;
    std::array<CK_ATTRIBUTE, 3> wanted{
        {{CKA_CLASS, &object_class, sizeof(object_class)},
         {CKA_KEY_TYPE, &type, sizeof(type)},
         {CKA_LABEL, settings_.key.data(), static_cast<CK_ULONG>(settings_.key.size())}}};
    std::array<CK_OBJECT_HANDLE, 2> found{};
    CK_ULONG count = 0;
    if ((*module_)->C_FindObjectsInit(handle(), wanted.data(), wanted.size()) != CKR_OK) {
      return silent();
    }
    const auto code = (*module_)->C_FindObjects(handle(), found.data(), found.size(), &count);
    (*module_)->C_FindObjectsFinal(handle());
    if (code != CKR_OK || count > found.size()) {
      return silent();
    }
    return std::vector<CK_OBJECT_HANDLE>(found.begin(),
                                         found.begin() + static_cast<std::ptrdiff_t>(count));
  }

 private:
  Result<CK_SLOT_ID> find_slot() {
    std::array<CK_SLOT_ID, kMaxSlots> slots{};
    CK_ULONG count = slots.size();
    if ((*module_)->C_GetSlotList(CK_TRUE, slots.data(), &count) != CKR_OK) {
      return silent();
    }
    std::optional<CK_SLOT_ID> found;
    for (CK_ULONG i = 0; i < count; ++i) {
      CK_TOKEN_INFO info{};
      if ((*module_)->C_GetTokenInfo(slots.at(i), &info) != CKR_OK) {
        continue;
      }
      std::string label(reinterpret_cast<const char*>(info.label), sizeof(info.label));
      label.erase(label.find_last_not_of(' ') + 1);
      if (label == settings_.token) {
        if (found) {
          return unusable("more than one token has this label");
        }
        found = slots.at(i);
      }
    }
    if (!found) {
      return fail(opened_once_ ? ErrorCode::unavailable : ErrorCode::bad_configuration, kWhere,
                  "no token has this label");
    }
    opened_once_ = true;
    return *found;
  }

  TokenSettings settings_;
  std::shared_ptr<Module> module_;
  SecretBytes pin_;
  std::optional<CK_SESSION_HANDLE> handle_;
  bool pin_refused_ = false;
  bool opened_once_ = false;
};

class TokenKey final : public WrappingKey {
 public:
  TokenKey(std::unique_ptr<Session> session, Rng& rng) : session_(std::move(session)), rng_(rng) {}

  Status find() {
    LK_TRY(found, session_->keys());
    if (found.empty()) {
      return fail(ErrorCode::not_found, kWhere,
                  "the token has no such key; lightkeeper data evidence-key makes it");
    }
    if (found.size() > 1) {
      return unusable("the token has more than one key with this label");
    }
    CK_BBOOL sensitive = CK_FALSE;
    CK_BBOOL extractable = CK_TRUE;
    CK_ULONG length = 0;
    ByteArray<64> own_id{};
    std::array<CK_ATTRIBUTE, 4> wanted{
        {{CKA_SENSITIVE, &sensitive, sizeof(sensitive)},
         {CKA_EXTRACTABLE, &extractable, sizeof(extractable)},
         {CKA_VALUE_LEN, &length, sizeof(length)},
         {CKA_ID, own_id.data(), static_cast<CK_ULONG>(own_id.size())}}};
    if (session_->module()->C_GetAttributeValue(session_->handle(), found[0], wanted.data(),
                                                wanted.size()) != CKR_OK) {
      return silent();
    }
    if (sensitive != CK_TRUE || extractable != CK_FALSE) {
      return unusable("this key may leave the token");
    }
    if (length != 32) {
      return unusable("the key is not an AES-256 key");
    }
    const auto digest = crypto::sha256(Writer()
                                           .text("lightkeeper token key id v1")
                                           .bytes(BytesView(own_id).first(std::min<std::size_t>(
                                               wanted[3].ulValueLen, own_id.size())))
                                           .take());
    KeyId id{};
    std::copy_n(digest.begin(), id.size(), id.begin());
    if (known_ && id != id_) {
      return fail(ErrorCode::unavailable, kWhere, "the token has another key under this label");
    }
    known_ = true;
    id_ = id;
    key_ = found[0];
    return {};
  }

  [[nodiscard]] Kind kind() const override { return Kind::token; }
  [[nodiscard]] KeyId id() const override { return id_; }

  [[nodiscard]] Result<Bytes> seal(BytesView associated, BytesView plaintext) override {
    const auto nonce = rng_.array<kNonce>();
    Bytes out(plaintext.size() + crypto::kAeadTagSize);
    LK_TRY(code, work(nonce, associated,
                      [&](Module& module, CK_SESSION_HANDLE session, CK_MECHANISM& mechanism,
                          CK_OBJECT_HANDLE key) {
                        const auto started = module->C_EncryptInit(session, &mechanism, key);
                        if (started != CKR_OK) {
                          return started;
                        }
                        CK_ULONG size = size_of(out);
                        const auto done = module->C_Encrypt(session, pointer(plaintext),
                                                            size_of(plaintext), out.data(), &size);
                        return done == CKR_OK && size != out.size() ? CKR_FUNCTION_FAILED : done;
                      }));
    if (code != CKR_OK) {
      return silent();
    }
    return concat({nonce, out});
  }

  [[nodiscard]] Result<SecretBytes> open(BytesView associated, BytesView sealed) override {
    Reader in(sealed);
    LK_TRY(nonce, in.array<kNonce>());
    LK_TRY(rest, in.fixed(in.remaining()));
    if (rest.size() < crypto::kAeadTagSize) {
      return fail(ErrorCode::decryption_failed, kWhere);
    }
    // Some modules ask for room for the tag as well.
    SecretBytes out(rest.size());
    LK_TRY(code, work(nonce, associated,
                      [&](Module& module, CK_SESSION_HANDLE session, CK_MECHANISM& mechanism,
                          CK_OBJECT_HANDLE key) {
                        const auto started = module->C_DecryptInit(session, &mechanism, key);
                        if (started != CKR_OK) {
                          return started;
                        }
                        auto room = out.expose_secret_for_writing();
                        CK_ULONG size = static_cast<CK_ULONG>(room.size());
                        const auto done = module->C_Decrypt(session, pointer(rest), size_of(rest),
                                                            room.data(), &size);
                        return done == CKR_OK && size != rest.size() - crypto::kAeadTagSize
                                   ? CKR_FUNCTION_FAILED
                                   : done;
                      }));
    if (code != CKR_OK) {
      // The token is there and has said no twice: it is the data.
      return fail(ErrorCode::decryption_failed, kWhere);
    }
    return SecretBytes::copy_of(out.expose_secret().first(rest.size() - crypto::kAeadTagSize));
  }

 private:
  using Operation =
      std::function<CK_RV(Module&, CK_SESSION_HANDLE, CK_MECHANISM&, CK_OBJECT_HANDLE)>;

  /// What the token says in the end; an error when there is no talking to it.
  Result<CK_RV> work(const ByteArray<kNonce>& nonce, BytesView associated,
                     const Operation& operation) {
    const std::scoped_lock lock(mutex_);
    CK_GCM_PARAMS parameters{pointer(nonce),      nonce.size(),        nonce.size() * 8,
                             pointer(associated), size_of(associated), kTagBits};
    CK_MECHANISM mechanism{CKM_AES_GCM, &parameters, sizeof(parameters)};
    CK_RV code = CKR_OK;
    for (int attempt = 0; attempt < 2; ++attempt) {
      const bool fresh = !key_;
      if (fresh) {
        LK_CHECK_OK(session_->ensure());
        if (const auto again = find(); !again) {
          session_->close();
          key_.reset();
          return again.error().code == ErrorCode::not_found ? silent()
                                                            : std::unexpected(again.error());
        }
      }
      code = operation(session_->module(), session_->handle(), mechanism, *key_);
      if (!is_lost(code)) {
        return code;
      }
      session_->close();
      key_.reset();
    }
    // Twice something that may be the token or the data; the token is asked how it is.
    LK_CHECK_OK(session_->ensure());
    if (!find()) {
      session_->close();
      return silent();
    }
    return code;
  }

  std::mutex mutex_;
  std::unique_ptr<Session> session_;
  Rng& rng_;
  std::optional<CK_OBJECT_HANDLE> key_;
  KeyId id_{};
  bool known_ = false;
};

}  // namespace

Result<std::unique_ptr<WrappingKey>> token_key(const TokenSettings& settings, Rng& rng) {
  LK_TRY(session, Session::open(settings));
  auto key = std::make_unique<TokenKey>(std::move(session), rng);
  LK_CHECK_OK(key->find());
  return std::unique_ptr<WrappingKey>(std::move(key));
}

Status make_token_key(const TokenSettings& settings, Rng& rng) {
  LK_TRY(session, Session::open(settings));
  LK_TRY(there, session->keys());
  if (!there.empty()) {
    return fail(ErrorCode::already_exists, kWhere, "the token has a key with this label");
  }
  CK_MECHANISM mechanism{CKM_AES_KEY_GEN, nullptr, 0};
  CK_BBOOL yes = CK_TRUE;
  CK_BBOOL no = CK_FALSE;
  CK_ULONG length = 32;
  auto id = rng.array<16>();
  auto label = settings.key;
  std::array<CK_ATTRIBUTE, 12> wanted{
      {{CKA_TOKEN, &yes, sizeof(yes)},
       {CKA_PRIVATE, &yes, sizeof(yes)},
       {CKA_SENSITIVE, &yes, sizeof(yes)},
       {CKA_EXTRACTABLE, &no, sizeof(no)},
       {CKA_MODIFIABLE, &no, sizeof(no)},
       {CKA_ENCRYPT, &yes, sizeof(yes)},
       {CKA_DECRYPT, &yes, sizeof(yes)},
       {CKA_WRAP, &no, sizeof(no)},
       {CKA_UNWRAP, &no, sizeof(no)},
       {CKA_VALUE_LEN, &length, sizeof(length)},
       {CKA_LABEL, label.data(), static_cast<CK_ULONG>(label.size())},
       {CKA_ID, id.data(), static_cast<CK_ULONG>(id.size())}}};
  CK_OBJECT_HANDLE made = 0;
  if (session->module()->C_GenerateKey(session->handle(), &mechanism, wanted.data(), wanted.size(),
                                       &made) != CKR_OK) {
    return fail(ErrorCode::unavailable, kWhere, "the token does not make the key");
  }
  return {};
}

}  // namespace lightkeeper::evidence_keys
